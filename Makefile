# PeerCert: everything from a bare checkout. `make help` lists what there is.

.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:

PYTHON := $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p && break; done 2>/dev/null)
BIN := .venv/bin
NAME ?=

# Programs that start often keep their compiled form, whatever the caller's shell says.
unexport PYTHONDONTWRITEBYTECODE

PARTS := $(wildcard peercert/locale/parts/*.po) peercert/locale/messages.py
STYLE := docs/witness.py $(shell find assets -type f -not -path 'assets/node_modules/*' -not -path 'assets/dist/*')

.PHONY: help setup run test check format messages migration bench lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready assets/dist/.ready peercert/locale/.ready ## Python environment, front-end assets, translations

run: setup ## the whole site on http://localhost:8000 until Ctrl-C
	@exec $(BIN)/peercert serve

test: setup tests/judges/node_modules/.ready ## the whole suite, a real browser included
	@.ci/browser
	@.ci/java
	@.ci/postgres $(BIN)/pytest -m database $$(grep -rl 'mark\.database' tests --include='*.py' --exclude-dir=node_modules)
	@.ci/clamav $(BIN)/pytest

check: setup ## format, lint, types, import contracts, migrations, translations
	@.ci/check

format: setup ## put the code into the house's form
	@$(BIN)/ruff check --fix-only --quiet . ; $(BIN)/ruff format --quiet .

messages: .venv/.ready ## gather the translations, say which are missing
	@$(BIN)/python -m peercert.locale.messages

migration: .venv/.ready ## a migration from changed models: make migration NAME=what_changes
	@$(BIN)/python manage.py makemigrations program $(if $(NAME),--name $(NAME))

bench: setup tests/judges/node_modules/.ready ## measure, print a table, write bench/results/*.json
	@$(BIN)/python -m bench

lock: .venv/.ready ## pin every dependency again, by hash
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--python-version 3.11 pyproject.toml --extra dev -o requirements-dev.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--python-version 3.11 pyproject.toml -c requirements-dev.lock -o requirements.lock

clean: ## remove what was built, never the data in var/
	@rm -rf .venv build dist assets/node_modules assets/dist tests/judges/node_modules peercert/locale/.ready *.egg-info

.venv/.ready: requirements-dev.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is missing: install it." >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is older than 3.11: install a newer one." >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv \
		|| { echo "Python's venv module is missing: install it (Debian: python3-venv)." >&2; exit 2; }
	@echo "Setting up Python ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

assets/node_modules/.ready: assets/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer with npm is missing: install it." >&2; exit 2; }
	@echo "Setting up front-end tools ..."
	@cd assets && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# Other people's verifiers and validators: tests and benches ask them, the product never.
tests/judges/node_modules/.ready: tests/judges/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer with npm is missing: install it." >&2; exit 2; }
	@echo "Setting up the judges ..."
	@cd tests/judges && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

assets/dist/.ready: assets/node_modules/.ready $(STYLE)
	@cd assets && node build.mjs
	@touch $@

peercert/locale/.ready: .venv/.ready $(PARTS)
	@$(BIN)/python -m peercert.locale.messages --compile
	@touch $@
