# make demo    sets up .venv and shows groundup on a virtual gait lab
# make test    sets up .venv and passes all tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint types docs clean

demo: $(VENV)/installed
	$(BIN)/groundup demo

test: $(VENV)/installed-dev
	$(BIN)/pytest -n 3 --dist worksteal

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

docs: $(VENV)/installed-dev
	$(BIN)/sphinx-build --quiet -W --keep-going docs build/docs

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/installed: $(VENV)/bin/pip pyproject.toml CMakeLists.txt $(wildcard ext/groundup_ext/*)
	$(BIN)/pip install --quiet --editable ".[report,science,web]"
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/pip install --quiet --group dev
	touch $@

clean:
	rm -rf $(VENV) build
