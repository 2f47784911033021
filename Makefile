# Needs Python 3.11 or newer and make, nothing else. `make help` lists what there is.
# PY: another Python. RUN_DIR, PORT_BASE: another folder and other ports, for several copies side by side. SAMPLE=none: start empty.
# SANDBOX=1: with a test clock. FILES: scenarios to rehearse. ARGS: handed on.

PY ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
BIN := .venv/bin
STACK := $(BIN)/python -m deploy.local.stack
SETUP = $(if $(PY),$(PY) deploy/local/environment.py,@echo "Python 3.11 or newer is needed and was not found; install it, or say where it is with PY=." >&2; exit 1;)
FILES ?= $(sort $(wildcard data/scenarios/*.yaml))
CODE := services shared deploy tests benchmarks

# All downloads trust what this machine trusts: pip does so by itself, uv and the fetcher of the Kafka jars must be told.
CA_BUNDLE := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem))
ifneq ($(CA_BUNDLE),)
export SSL_CERT_FILE ?= $(CA_BUNDLE)
export REQUESTS_CA_BUNDLE ?= $(SSL_CERT_FILE)
endif

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run start stop status tool test rehearse fast lint types bench format clean distclean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1@/p' $(MAKEFILE_LIST) | awk -F@ '{ printf "  make %-10s %s\n", $$1, $$2 }'

setup:
	@$(SETUP) local

setup-dev:
	@$(SETUP) dev

run: setup ## start everything, keep it running; Ctrl-C stops it
	@exec $(STACK) run $(ARGS)

start: setup ## the same without a terminal; returns when ready
	@exec $(STACK) start $(ARGS)

stop: ## stop what `make start` or `make run` started
	@test -e .venv/installed.txt || { echo "Nothing is installed, so nothing is running."; exit 0; } && exec $(STACK) stop

status: ## what runs and how it is
	@test -e .venv/installed.txt || { echo "Nothing is installed, so nothing is running."; exit 3; } && exec $(STACK) status

tool: setup ## a tool on what runs: ARGS="requests import FILE --authority ID --dry-run"
	@$(STACK) tool $(ARGS)

test: setup-dev ## every test, beside a PostgreSQL and a Kafka of its own
	@exec $(STACK) exec -- $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

rehearse: setup ## play scenario files (FILES) against a sandbox of their own
	@exec $(STACK) rehearse $(FILES)

fast: setup-dev ## the tests that need no server
	@$(BIN)/python -m pytest -q -m "not servers" $(ARGS)

lint: setup-dev ## ruff: faults and form
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)

types: setup-dev ## mypy
	@$(BIN)/mypy $(CODE)

format: setup-dev ## ruff: put the form right
	@$(BIN)/ruff check --fix $(CODE)
	@$(BIN)/ruff format $(CODE)

bench: setup-dev ## speed, beside its own floors
	@exec $(STACK) exec -- $(BIN)/python -m benchmarks $(ARGS)

clean: ## remove the data and logs of every copy under .local
	@if test -e .venv/installed.txt; then $(STACK) stop; fi
	rm -rf .local .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean ## remove the environment too
	rm -rf .venv
