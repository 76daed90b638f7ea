PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test check prove lock
setup:
	@$(PYTHON) .ci/setup.py

demo: setup
	$(BIN)/rekey demo

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/pytest

# The long tests; then workers die at every named point of the protocol, on PostgreSQL and on SQLite. Under an hour.
prove: setup
	$(BIN)/pytest -m long
	$(BIN)/python -m tests.chaos --kills 60 --workers 2 --seed 1
	$(BIN)/python -m tests.chaos --kills 60 --workers 1 --seed 2

# Writes the lock file anew; wants uv, which leaves the address of the package index out.
lock:
	uv pip compile --no-header --universal --generate-hashes --extra dev pyproject.toml -o requirements.lock
