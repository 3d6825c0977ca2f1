# Each target works on a fresh machine that has make and Python >= 3.11.
PYTHON ?= python3
PY := .venv/bin/python

.PHONY: run test check fuzz chaos mutants upstream bench bench-execution schema snapshot release-dump documents docs setup \
  lock

run: setup
	@exec $(PY) app.py --with-parent

test: setup
	@exec $(PY) -m pytest -n 2 --dist worksteal $(ARGS)

check: setup
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@$(PY) -m pytest tests/checks

fuzz: setup
	@exec $(PY) -m pytest tests/privacy tests/execution --hypothesis-profile=fuzz $(ARGS)

chaos: setup
	@exec $(PY) -m tests.chaos $(ARGS)

mutants: setup
	@exec $(PY) -m tests.mutants $(ARGS)

upstream: setup
	@exec $(PY) -m tests.execution.upstream $(ARGS)

bench: setup
	@$(PY) -m bench.counters
	@$(PY) -m bench.feed
	@$(PY) -m bench.live
	@$(PY) -m bench.media
	@$(PY) -m bench.ladder
	@$(PY) -m bench.processing
	@$(PY) -m bench.stories
	@$(PY) -m bench.search
	@$(PY) -m bench.overload
	@$(PY) -m bench.hostile

bench-execution: setup
	@$(PY) -m bench.execution $(ARGS)

schema: setup
	@$(PY) -m schema > schema.graphql

snapshot: setup
	@$(PY) -m tests.snapshot

release-dump: setup
	@$(PY) -m tests.releases.make $(COMMIT)

docs: setup
	@$(PY) -m tests.support.doc_tables

documents: setup
	@$(PY) -m schema documents $(FILES)

setup: .venv/.installed
	@$(PY) -m web.graphiql

.venv/.installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Heliograph needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@echo "Installing packages into .venv (once; a minute or two) ..."
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

lock:
	@$(PY) -m pip install --quiet uv
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --all-extras pyproject.toml -o requirements.lock
