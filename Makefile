# Wellhead. `make` lists the targets; README.md explains them.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
.DEFAULT_GOAL := help
.PHONY: help run test api dashboards lab quality lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 14

run: $(BIN)/.ready  ## the main job: ingest, validate, model, forecast, publish [SOURCE=auto COMMODITIES=]
	@$(BIN)/wellhead run --source "$(SOURCE)" --commodities "$(COMMODITIES)"

test: $(BIN)/.ready-to-test  ## lint, types and the whole test suite
	@$(BIN)/wellhead test

api: $(BIN)/.ready  ## serve the forecasts over HTTP [RELOAD=1: start again when the code changes]
	@$(BIN)/wellhead api $(if $(RELOAD),--reload)

dashboards: $(BIN)/.ready  ## serve the dashboards to a browser
	@$(BIN)/wellhead dashboards

lab: $(BIN)/.ready  ## open JupyterLab on the notebooks
	@$(BIN)/wellhead lab

quality: $(BIN)/.ready  ## show the loads, their quality and the quarantine
	@$(BIN)/wellhead quality

lock: $(BIN)/.ready-to-test  ## resolve the newest versions into the lock files
	@sh scripts/lock.sh $(PYTHON)

clean:  ## remove the environment, the caches and what a run published; the database in var/ stays
	@rm -rf .venv artifacts .pytest_cache .mypy_cache .ruff_cache .hypothesis build

# --- the environment, made once and again when a lock file changes ------------------------------

$(BIN)/.ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "error: there is no $(PYTHON). Install Python 3.11 or newer, or name another: make run PYTHON=python3.12"; exit 2; }
	@$(PYTHON) scripts/prerequisites.py
	@echo "Installing the versions of requirements.lock into .venv (once; a few minutes) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(BIN)/.ready-to-test: $(BIN)/.ready requirements-test.lock
	@echo "Installing what the tests need ..."
	@$(PIP) install -r requirements-test.lock
	@touch $@
