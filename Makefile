# make run     set up and serve the site with its demo        (PORT=8000 HOST=127.0.0.1 TORCH_INDEX=<address>)
# make test    set up and run every test
# make check   what needs no running: format, lint, types, import contracts, migrations, of both languages
# make bench   measure the volunteer loop; make bench-inference: SAM's cost a prompt. Results belong in docs/benchmarks.md
# make bench-synth   diffusion's training and sampling beside diffusers' plain way, and what the gates say of either's pictures

PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
# The address of a package index with PyTorch's CPU builds, where the default index would bring CUDA ones.
TORCH_INDEX ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
export PORT HOST

.PHONY: run test check bench bench-inference bench-synth lock schema format frontend setup setup-dev

run: setup frontend
	@$(BIN)/python manage.py prepare
	@exec $(BIN)/python manage.py serve

test: setup-dev frontend
	@$(BIN)/python tests/run.py

check: setup-dev frontend/node_modules/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run -v 1
	frontend/npm run --silent check

bench: setup-dev frontend
	$(BIN)/python manage.py benchmark

bench-inference: setup-dev
	$(BIN)/python -m inference bench

bench-synth: setup-dev
	$(BIN)/python -m synth bench

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The committed API schema and the front end's types made from it.
schema: setup-dev frontend/node_modules/.installed
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --format openapi-json --file api/schema.json
	frontend/npm run --silent types

setup: .venv/.installed
setup-dev: .venv/.installed-dev
frontend: frontend/dist/.built

.venv/.installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Goldvein needs Python 3.11 or newer: make run PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing Python packages ..."
	@test -z "$(TORCH_INDEX)" || $(PIP) install -q --index-url "$(TORCH_INDEX)" "$$(grep '^torch==' requirements.lock)"
	@$(PIP) install -q -r requirements.lock
	@touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.installed
	@echo "Installing what the tests need ..."
	@$(PIP) install -q -r requirements-dev.lock
	@touch $@

frontend/node_modules/.installed: frontend/package-lock.json .venv/.installed
	@echo "Installing front-end packages ..."
	@# Not `npm ci`: it refuses a lock without the binaries of other platforms, which not every registry mirrors.
	@frontend/npm install --no-save --silent --no-audit --no-fund
	@touch $@

frontend/dist/.built: frontend/node_modules/.installed $(shell find frontend/src frontend/public -type f 2>/dev/null) frontend/vite.config.ts frontend/tsconfig.json
	@echo "Building the front end ..."
	@frontend/npm run --silent build
	@touch $@

# New exact versions from pyproject.toml. torch's local version (+cpu) is dropped: the index decides on the build.
PROJECT := $(PYTHON) -c 'import sys, tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; print(*(p["dependencies"] if sys.argv[1] == "run" else p["optional-dependencies"][sys.argv[1]]), sep="\n")'
lock:
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	$(PROJECT) run > .venv-lock/run.txt && ($(PROJECT) dev && $(PROJECT) utility) > .venv-lock/dev.txt
	.venv-lock/bin/python -m pip install -q -r .venv-lock/run.txt
	.venv-lock/bin/python -m pip freeze | sed 's/+cpu$$//' > requirements.lock
	.venv-lock/bin/python -m pip install -q -c requirements.lock -r .venv-lock/dev.txt
	(echo "-r requirements.lock"; .venv-lock/bin/python -m pip freeze | sed 's/+cpu$$//' | grep -vxFf requirements.lock) > requirements-dev.lock
	rm -rf .venv-lock
