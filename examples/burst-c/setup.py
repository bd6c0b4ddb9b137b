import sys

from setuptools import Extension, setup

import groundup

# The same bits on every machine: no fused multiply-add.
flags = [] if sys.platform == "win32" else ["-ffp-contract=off"]
extension = Extension("_burst_c", ["_burst_c.c"], include_dirs=[groundup.get_include()], extra_compile_args=flags)
setup(py_modules=["burst_c"], ext_modules=[extension])
