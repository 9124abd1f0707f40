# Every target makes its own environment in .venv with the pinned versions of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
NOTEBOOK_STAMP := $(VENV)/.notebook
DOCS_STAMP := $(VENV)/.docs
RELEASE_STAMP := $(VENV)/.release
WORKERS ?= 2

# Brings hashes, record, README and docs into line with interventions_stats/drivers; REASON='...' where recorded values move.
export REASON ?=

.PHONY: install register replicate notebook test test-slow coverage inputs soak lint docs benchmark calibrate mutate differential test-matrix stubs dist verify clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "interventions_stats needs Python 3.11 or newer; set PYTHON=")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

$(NOTEBOOK_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[notebook]'
	touch $@

$(DOCS_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	touch $@

$(RELEASE_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[release]'
	touch $@

replicate: install
	$(BIN)/interventions-stats replicate

register: install
	$(BIN)/python -m tests.drivers.register --reason "$$REASON"

verify: install
	$(BIN)/interventions-stats verify

notebook: $(NOTEBOOK_STAMP)
	$(BIN)/jupyter lab notebooks

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check interventions_stats tests datasets benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -q -ra -n $(WORKERS) -m "not slow"

# Calibration, size checks, notebooks, wheel and page, which together take longer than continuous integration should.
test-slow: install
	$(BIN)/python -m pytest -q -ra -n $(WORKERS) -m slow

# Lines and branches that the quick tests run; fails below the shares in tests/coverage/run.py, and lists what they miss.
coverage: install
	$(BIN)/python -m tests.coverage.run --workers $(WORKERS)

# Every public function of numbers with some 300 inputs; the counts go to docs/results/inputs.md, and any wrong one fails.
inputs: install
	$(BIN)/python -m tests.inputs.run

soak: install
	$(BIN)/python -m tests.abuse.soak

docs: $(DOCS_STAMP)
	$(BIN)/sphinx-build -W -b html docs docs/_build/html

benchmark: install
	$(BIN)/python benchmarks/run.py

calibrate: install
	$(BIN)/python benchmarks/calibrate.py

mutate: install
	$(BIN)/python -m tests.mutation.run

# Estimators against 40-digit arithmetic on 200 random hard designs each, into docs/results/differential.md.
differential: install
	$(BIN)/python -m tests.differential.run

# The archives of a release, checked.
dist: $(RELEASE_STAMP)
	$(BIN)/python -m build --outdir dist
	$(BIN)/twine check --strict dist/*

# What type checkers know of the public names, from interventions_stats/__init__.py.
stubs: install
	$(BIN)/python -m tests.static.stubs

test-matrix: install
	$(BIN)/python -m tests.matrix.run

clean:
	rm -rf $(VENV) docs/_build .pytest_cache .mypy_cache .ruff_cache
