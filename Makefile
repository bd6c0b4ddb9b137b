# make demo    sets up .venv and shows groundup on a virtual gait lab
# make test    sets up .venv and passes all tests
# make lint types docs    style and layers; types; the pages (build/docs)
# make .venv/installed-dev    all of these tools, and the peers of the benchmarks
# make sanitize  the tests of what is compiled, and the fuzzers, under AddressSanitizer and UBSan (Linux, GCC)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Compiled again with sanitizers, in an environment of its own that takes everything else from .venv.
SANE := .venv-sanitize
SANITIZED = LD_PRELOAD="$$($(CC) -print-file-name=libasan.so) $$($(CC) -print-file-name=libstdc++.so.6)" \
	ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 PYTHONMALLOC=malloc GROUNDUP_FUZZ=200
SANITIZED_TESTS := tests/ext tests/fuzz $(addprefix tests/core/,live clock journal plugin/test_sample_clock.py \
	sources/test_from_import.py workflows/test_journal_kept.py \
	$(addprefix recording/test_,$(addsuffix .py,checksums long seal verify)))

.PHONY: demo test sanitize lint types docs clean

demo: $(VENV)/installed
	$(BIN)/groundup demo

test: $(VENV)/installed-test
	$(BIN)/pytest -n 3 --dist worksteal

sanitize: $(SANE)/installed
	$(SANITIZED) $(SANE)/bin/python -m pytest -n 2 --dist worksteal $(SANITIZED_TESTS)

lint: $(VENV)/installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/installed-test $(VENV)/installed-lint
	$(BIN)/mypy

docs: $(VENV)/installed-test $(VENV)/installed-docs
	$(BIN)/sphinx-build --quiet -W --keep-going docs build/docs

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/installed: $(VENV)/bin/pip pyproject.toml CMakeLists.txt $(wildcard ext/groundup_ext/*)
	$(BIN)/pip install --quiet --editable ".[report,science,web]"
	touch $@

$(VENV)/installed-%: $(VENV)/installed
	$(BIN)/pip install --quiet --group $*
	touch $@

$(SANE)/installed: $(VENV)/installed-test CMakeLists.txt $(wildcard ext/groundup_ext/*)
	$(PYTHON) -m venv --without-pip $(SANE)
	$(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))" > \
	  "$$($(SANE)/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/everything_else.pth"
	$(BIN)/pip --python $(SANE)/bin/python install --quiet --no-deps --editable . \
	  --config-settings=cmake.define.GROUNDUP_SANITIZE=ON --config-settings=build-dir=build/sanitize
	touch $@

clean:
	rm -rf $(VENV) $(SANE) build
