# Two commands: `make run` shows the demonstration, `make test` runs the tests. Both need only Python >= 3.11 and make.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PY ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
TEST_PROCESSES ?= 2
UV ?= uv
ENGINES := tests/browser/engines

export PIP_DISABLE_PIP_VERSION_CHECK := 1
PIP := $(BIN)/python -m pip install --quiet --no-input
PO := $(wildcard escalation/translations/*/LC_MESSAGES/messages.po)
LOCK := $(UV) export --quiet --format requirements-txt --no-emit-project --no-header --no-annotate
CHECKED := config.py escalation workers benchmarks tests

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- installing ------------------------------------------------------------------------------------------------------

$(VENV)/made:
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed, and '$(PY)' is: $$($(PY) --version 2>&1). Name another one: make PY=python3.13 ..." >&2; exit 1; }
	@$(PY) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "'$(PY)' has no venv module. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "[1/4] Creating $(VENV) with $$($(PY) --version) ..."
	@$(PY) -m venv --clear $(VENV)
	@touch $@

$(VENV)/runtime: requirements.txt $(VENV)/made
	@echo "[2/4] Installing the locked packages (about 65, once) ..."
	@$(PIP) --no-deps --require-hashes -r requirements.txt
	@touch $@

$(VENV)/development: requirements-dev.txt $(VENV)/runtime
	@echo "[2/4] Installing the locked packages for development (about 95 more, once) ..."
	@$(PIP) --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

$(VENV)/project: pyproject.toml $(VENV)/runtime
	@echo "[3/4] Installing escalation itself ..."
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/translations: $(PO) $(VENV)/runtime
	@echo "[4/4] Compiling the translations ..."
	@for po in $(PO); do $(BIN)/pybabel --quiet compile -i $$po -o $${po%.po}.mo || exit 1; done
	@touch $@

.PHONY: install
install: $(VENV)/project $(VENV)/translations ## Install what is needed to run, into .venv

.PHONY: install-dev
install-dev: $(VENV)/development install

# --- running ---------------------------------------------------------------------------------------------------------

.PHONY: run
run: install ## Show the demonstration on http://127.0.0.1:PORT (PORT=8000)
	@PORT=$(PORT) exec $(BIN)/escalation demo

.PHONY: worker
worker: install ## Run one worker with the settings of the environment
	@exec $(BIN)/escalation worker

.PHONY: migrate
migrate: install ## Bring the database of the environment to the newest migration
	@exec $(BIN)/escalation db upgrade

# --- proving ---------------------------------------------------------------------------------------------------------

.PHONY: test
test: install-dev ## Run the tests on SQLite and PostgreSQL, with a Redis-protocol server
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --ignore=tests/browser $(ARGS)

# Two engines that judge pages are fetched for the tests alone; without npm those tests skip, and say so.
$(ENGINES)/node_modules/made: $(ENGINES)/package-lock.json
	@if command -v npm >/dev/null 2>&1; then \
	  (cd $(ENGINES) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch node_modules/made) \
	  || echo "make e2e: npm could not install the engines of $(ENGINES)." >&2; \
	else echo "make e2e: there is no npm, so no engine is installed in $(ENGINES)." >&2; fi

.PHONY: faults
faults: install-dev ## Break everything on purpose: the whole fault matrix, and one short seed of faults at random
	ESCALATION_FAULTS=1 $(BIN)/python -m pytest tests/faults -n 0 -rs $(ARGS)

SEED ?= 1
MINUTES ?= 30
.PHONY: soak
soak: install-dev ## Throw faults at random for MINUTES (30), from SEED on (1); the same seed is the same schedule
	ESCALATION_SOAK_SEED=$(SEED) ESCALATION_SOAK_MINUTES=$(MINUTES) ESCALATION_FAULTS=1 $(BIN)/python -m pytest \
	  tests/faults/test_soak.py -n 0 -rs -s -p no:randomly $(ARGS)

.PHONY: simulate
simulate: install-dev ## Let a year pass for 5,000 cases, against the slow reference (half an hour or so)
	ESCALATION_SIMULATED_CASES=5000 ESCALATION_TEST_SQLITE_ONLY=1 $(BIN)/python -m pytest tests/simulation -q $(ARGS)

.PHONY: e2e
e2e: install-dev $(ENGINES)/node_modules/made ## Run the journeys in a real browser, where there is a Chromium
	@if [ -z "$(wildcard tests/browser/test_*.py)" ]; then \
	  echo "make e2e: tests/browser holds no test, so nothing was proven."; exit 0; fi; \
	$(BIN)/python -m pytest tests/browser -n $(TEST_PROCESSES) $(ARGS)

.PHONY: bench
bench: install-dev ## Measure against a bare yardstick, and write the ratios into the pages (ARGS=--quick for a look)
	$(BIN)/python -m benchmarks --write $(ARGS)

.PHONY: pictures
pictures: install-dev ## Take the pictures of the README from the demonstration (needs a Chromium)
	$(BIN)/python -m tests.browser.pictures

.PHONY: lint
lint: install-dev ## Check style, imports, templates and known dangers
	$(BIN)/python -m pip check --quiet
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	@if [ -d templates ]; then set -x; $(BIN)/djlint templates --lint --quiet; fi
	$(BIN)/bandit --quiet --recursive --severity-level medium config.py escalation workers

.PHONY: types
types: install-dev ## Check types
	$(BIN)/mypy

.PHONY: messages
messages: install-dev ## Extract the texts and bring the Arabic and French catalogues up to date
	@mkdir -p tmp
	$(BIN)/pybabel --quiet extract -F pyproject.toml -k _l -k lazy_gettext --no-wrap --sort-output \
	  --add-location file --omit-header -o tmp/messages.pot .
	@for language in ar fr; do \
	  po=escalation/translations/$$language/LC_MESSAGES/messages.po; \
	  [ -f $$po ] && verb="update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap" || verb=init; \
	  $(BIN)/pybabel --quiet $$verb -i tmp/messages.pot -d escalation/translations -l $$language || exit 1; \
	done
	$(BIN)/pybabel --quiet extract -F escalation/translations/email.cfg --ignore-dirs ".*" --no-wrap --sort-output \
	  --add-location file --omit-header -o tmp/email.pot templates/email
	@for language in ar fr; do $(BIN)/pybabel --quiet update -D email --no-fuzzy-matching --ignore-obsolete \
	  --omit-header --no-wrap -i tmp/email.pot -d escalation/translations -l $$language || exit 1; done
	@$(BIN)/python -m pytest -q tests/house/test_translations.py tests/mail/test_catalogues.py

.PHONY: docs
docs: install-dev ## Write the pages of docs/ that are made from tables
	$(BIN)/python -m tests.house.workflow_page
	$(BIN)/python -m tests.house.reliability_page

.PHONY: house
house: install-dev
	$(BIN)/python -m pytest tests/house -n $(TEST_PROCESSES)

.PHONY: check
check: install-dev ## Everything but the tests: style, types, translations, pages, the tests of the house
	@failed=; for part in lint types house; do $(MAKE) --no-print-directory $$part || failed="$$failed $$part"; done; \
	if [ -n "$$failed" ]; then echo "make check: failed:$$failed" >&2; exit 1; fi

.PHONY: lock
lock: ## Renew requirements*.txt from pyproject.toml (needs uv)
	$(UV) lock --upgrade
	$(LOCK) --no-dev --output-file requirements.txt > /dev/null
	$(LOCK) --output-file requirements-dev.txt > /dev/null
	@! grep -n '://' requirements.txt requirements-dev.txt || { echo "A lock names a host: it must not." >&2; exit 1; }

.PHONY: clean
clean: ## Remove .venv and caches; var/ is kept
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
