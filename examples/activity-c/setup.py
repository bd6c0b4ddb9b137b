import sys

from setuptools import Extension, setup

import groundup

# The same bits on every machine: no fused multiply-add.
flags = [] if sys.platform == "win32" else ["-ffp-contract=off"]
extension = Extension("_activity_c", ["_activity_c.c"], include_dirs=[groundup.get_include()], extra_compile_args=flags)
setup(py_modules=["activity_c"], ext_modules=[extension])
