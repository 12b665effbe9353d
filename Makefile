# make demo   set up and walk through the main job on the sample cases
# make test   the whole suite at its quick size
# make help   the rest
#
# A fresh machine needs Python >= 3.11 (with venv), git and make.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
PYTEST := $(BIN)/python -m pytest -n 2 --dist worksteal -q

.PHONY: help install demo test oldest soak docs lint format types bench samples lock hooks wheel clean
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1 /p' Makefile | while read -r name text; do \
		printf '%-9s %s\n' "$$name" "$$text"; done

install: $(STAMP) ## the virtual environment, from the hash-locked list

# Any change of the lock or of pyproject.toml installs again; the environment itself is kept.
$(STAMP): requirements/lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'tipcase needs Python 3.11 or newer: make PYTHON=python3.12 …' >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
		{ echo 'Python has no venv; on Debian: apt-get install python3-venv' >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --only-binary :all: -r requirements/lock.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation -e .
	@# Where Python is told to write no bytecode, every command would compile all it imports.
	@$(BIN)/python -m compileall -q src
	@touch $@

demo: $(STAMP) ## the main job on the sample cases, in a folder of its own
	@folder="$$(mktemp -d)/tipcase-demo" && $(BIN)/tipcase demo "$$folder"

test: $(STAMP) ## every test at its quick size (two minutes on two cores)
	$(PYTEST)

oldest: $(STAMP) ## the suite on the oldest versions that pyproject.toml allows
	test -x .venv-oldest/bin/python || $(PYTHON) -m venv .venv-oldest
	for list in lock oldest; do .venv-oldest/bin/python -m pip install --quiet \
		--disable-pip-version-check --require-hashes --only-binary :all: \
		-r requirements/$$list.txt || exit 1; done
	.venv-oldest/bin/python -m pytest -n 2 -q

soak: $(STAMP) ## every test at full length (half an hour)
	TIPCASE_SOAK=1 $(PYTEST)

docs: $(STAMP) ## the commands that README and docs/ tell people to type
	TIPCASE_SOAK=1 $(PYTEST) tests/test_docs.py

lint: $(STAMP) ## ruff, and what must not be committed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python .ci/check_files.py

format: $(STAMP) ## ruff's formatting and safe fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

bench: $(STAMP) ## measure, and write benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.bench

samples: $(STAMP) ## make the sample cases anew
	$(BIN)/python sample-cases/make_samples.py

# uv is wanted here only, so it is no dependency. It asks the public index, whatever pip is told.
COMPILE := uv pip compile --no-config --universal --python-version 3.11 --generate-hashes \
	--only-binary :all: --upgrade --no-annotate --no-emit-index-url --no-emit-find-links \
	--custom-compile-command 'make lock' --quiet pyproject.toml

lock: ## resolve requirements/ anew (needs uv)
	$(COMPILE) --all-extras -o requirements/lock.txt
	$(COMPILE) --resolution lowest-direct -o requirements/oldest.txt

hooks: $(STAMP) ## run the checks at each git commit
	$(BIN)/pre-commit install

wheel: $(STAMP) ## build dist/*.whl
	$(BIN)/python -m hatchling build -t wheel

clean: ## remove everything that make made
	rm -rf .venv .venv-oldest build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
