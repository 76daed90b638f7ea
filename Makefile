PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test check lock
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

# Writes the lock file anew; wants uv, which leaves the address of the package index out.
lock:
	uv pip compile --no-header --universal --generate-hashes --extra dev pyproject.toml -o requirements.lock
