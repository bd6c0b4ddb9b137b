import sys

from Cython.Build import cythonize
from setuptools import Extension, setup

import groundup

# The same bits on every machine: no fused multiply-add.
flags = [] if sys.platform == "win32" else ["-ffp-contract=off"]
include = groundup.get_include()
extension = Extension("_burst_cython", ["_burst_cython.pyx"], include_dirs=[include], extra_compile_args=flags)
setup(
    py_modules=["burst_cython"],
    ext_modules=cythonize([extension], include_path=[include], language_level=3, build_dir="build"),
)
