# Two commands are all that a fresh machine needs: `make run` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help install install-dev run test test-all check format lock loadtest soak stalled fuzz swarm bench instructions bench-rows clean

help:  ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# What is installed is what the lock files say, hash by hash; the project itself is linked, not copied.
$(VENV)/.run: requirements/run.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/build.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.lock
	@touch $@

node_modules/.installed: $(VENV)/.dev package-lock.json
	$(BIN)/python tools/node.py npm ci --no-audit --no-fund --silent
	@touch $@

install: $(VENV)/.run  ## Make .venv with what the server needs

install-dev: $(VENV)/.dev node_modules/.installed  ## ... and with what its checks and tests need

run: $(VENV)/.run  ## Serve the sample games (flags in ARGS="...")
	@exec $(BIN)/gameserver serve $(ARGS)

check: install-dev  ## Lint, formatting, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/node.py npm run --silent check

test: check  ## Everything that must hold, in under five minutes
	$(BIN)/python tools/chromium.py
	$(BIN)/python tools/node.py npm test --silent
	$(BIN)/python -m pytest -m "not slow and not browser" -n 4
	$(BIN)/python -m pytest -m "not slow and browser" -n 2 --dist loadgroup

test-all: check  ## The long tests too
	$(BIN)/python tools/chromium.py
	$(BIN)/python tools/node.py npm test --silent
	$(BIN)/python -m pytest

loadtest: $(VENV)/.dev  ## Clients against a server of its own or --url (WEB=1: locust's page; flags in ARGS=)
	$(BIN)/python loadtest/run.py $(ARGS)

soak: $(VENV)/.dev  ## Ten minutes of 200 clients who come, stall, drop, resume and leave (flags in ARGS=)
	$(BIN)/python -m loadtest.soak $(ARGS)

stalled: $(VENV)/.dev  ## What 20 clients that stop reading do to 80 others, and what they cost
	$(BIN)/python -m loadtest.stalled $(ARGS)

fuzz: $(VENV)/.dev  ## A million inputs that no client would send (flags in ARGS=)
	$(BIN)/python -m loadtest.fuzz $(ARGS)

swarm: $(VENV)/.dev  ## Hundreds of lean clients against a server of its own or --url (flags in ARGS=)
	$(BIN)/python -m loadtest.swarm $(ARGS)

bench: $(VENV)/.dev  ## This server beside its peers, in under 15 minutes (QUICK=1: under 3; flags in ARGS=)
	$(BIN)/python -m loadtest.bench $(ARGS)

instructions: $(VENV)/.dev  ## How many instructions a client's tick takes, by valgrind
	$(BIN)/python -m loadtest.instructions

bench-rows: $(VENV)/.dev  ## How rows are stored and written: the figures of docs/architecture.md
	$(BIN)/python loadtest/bench_rows.py

format: install-dev  ## Put the code into its format
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .
	$(BIN)/python tools/node.py npm run --silent format

lock: $(VENV)/.dev  ## Choose newer versions
	tools/lock.sh

clean:  ## Remove what was installed and built
	rm -rf $(VENV) loadtest/peers/.venv loadtest/peers/.venv-server loadtest/peers/colyseus/node_modules loadtest/native/build node_modules dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-artifacts
