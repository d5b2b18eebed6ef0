# One command each for what one does here; `make` alone lists them from the `##` comments below.

PYTHON ?= python3
COUNT ?= 100000
JOBS ?= 3
TOOLS ?= ../shared/bench

SHELL := /bin/sh
BIN := .venv/bin
STEP := @$(BIN)/python tools/step.py
COMPILE := CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe \
	--strip-extras --no-emit-options --newline lf --build-deps-for editable $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo '  PYTHON=/path/to/python3 chooses the interpreter that .venv is made with (3.11 or later).'

# ---------------------------------------------------------------- run

.PHONY: run
run: runtime ## Install, start the demo and send two messages; ONCE=1 ends after their timelines
	@$(BIN)/chappe demo $(if $(filter-out 0,$(ONCE)),--once)

.PHONY: bench
bench: runtime ## Measure messages a second on this machine; PEERS=1: with neutral tools in TOOLS, Kannel beside
ifeq ($(PEERS),1)
	@$(BIN)/python tests/bench/paths.py --tools $(TOOLS)
else
	@$(BIN)/chappe bench
	@$(BIN)/chappe bench --fronts 1 --relays 1
endif

.PHONY: longbench
longbench: runtime ## Measure growth, batches, fairness and 20 minutes of kills with the neutral tools in TOOLS; an hour
	@$(BIN)/python tests/bench/batches.py --tools $(TOOLS)
	@$(BIN)/python tests/bench/fairness.py --tools $(TOOLS)
	@$(BIN)/python tests/bench/growth.py --tools $(TOOLS)
	@$(BIN)/python tests/bench/soak.py --tools $(TOOLS)

# ---------------------------------------------------------------- gates

.PHONY: test
test: formatted lint types imports shape words tests ## Run every gate and every test

.PHONY: format
format: dev ## Rewrite the sources in the one format, imports sorted
	$(STEP) imports-order $(BIN)/ruff check --select I --fix
	$(STEP) format $(BIN)/ruff format

.PHONY: formatted
formatted: dev
	$(STEP) format $(BIN)/ruff format --check

.PHONY: lint
lint: dev ## Check the sources with ruff
	$(STEP) lint $(BIN)/ruff check

.PHONY: types
types: dev ## Check the types with mypy --strict
	$(STEP) types $(BIN)/mypy

.PHONY: imports
imports: dev ## Check that imports point inward
	$(STEP) imports $(BIN)/lint-imports

.PHONY: shape
shape: dev ## Check lengths, nesting, file names and forbidden constructs
	$(STEP) shape $(BIN)/python tools/shape.py src tools

.PHONY: words
words: dev ## Check that the glossary holds every public class of the domain
	$(STEP) words $(BIN)/python tools/words.py

.PHONY: tests
tests: dev clients
	@$(BIN)/pytest -n $(JOBS)

# ---------------------------------------------------------------- more tests

.PHONY: clients
clients: dev ## Install what tests of other clients need: npm packages, and Mono where we are root on Debian
	@$(BIN)/python tools/clients.py

.PHONY: faults
faults: dev ## Run only the fault tests, at full size: kills, cuts, full disks; minutes
	@FAULTS=full $(BIN)/pytest -m fault

.PHONY: fuzz
fuzz: dev ## Run the fuzzers at length; COUNT=1000000 for longer
	@set -e; for script in $(sort $(filter-out %/conftest.py,$(wildcard tests/fuzz/*.py))); do \
		case "$${script##*/}" in test_*) continue;; esac; \
		echo "$$script $(COUNT)"; $(BIN)/python "$$script" $(COUNT); \
	done

.PHONY: acceptance
acceptance: dev ## Run the tests that name acceptance rows; list the rows not shown yet
	@$(BIN)/python tools/acceptance.py

.PHONY: docs
docs: dev ## Check links, code blocks and commands of the documents
	$(STEP) docs $(BIN)/python tools/docs.py

# ---------------------------------------------------------------- packaging

# The old lock may not serve the new pyproject.toml; pip-compile is there all the same.
.PHONY: lock
lock: ## Write both lock files from pyproject.toml; UPGRADE=1 takes the newest versions
	-@$(PYTHON) tools/install.py requirements-dev.lock
	$(STEP) runtime-lock env $(COMPILE) --output-file requirements.lock pyproject.toml
	$(STEP) dev-lock env $(COMPILE) --extra dev --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml

.PHONY: wheel
wheel: dev ## Build the wheel into dist/
	@rm -rf build
	$(STEP) wheel $(BIN)/python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist .
	@rm -rf build

.PHONY: clean
clean: ## Remove what the tools leave behind, and .venv
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache src/*.egg-info
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------- environment

.PHONY: runtime dev
runtime:
	@$(PYTHON) tools/install.py requirements.lock
dev:
	@$(PYTHON) tools/install.py requirements-dev.lock
