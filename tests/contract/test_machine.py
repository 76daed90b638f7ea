"""The queue under test by machine: any sequence of events, on the twin in memory, on SQLite and PostgreSQL.

What the events are stands in `machine_rules` and `machine_guard_rules`, what is always true in
`machine_invariants`, what each event should do in `machine`. Beside each database runs the twin in memory,
and both must answer and show the same after every call.

The same few sequences are run every time. For a longer search, by chance and different every time:

    REKEY_MACHINE_EXAMPLES=1000 .venv/bin/pytest tests/contract/test_machine.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from .conftest import url_of
from .machine_guard_rules import GuardMachine
from .machine_rules import Machine
from .machine_stage import Stores
from .machine_stores import Bench

MORE = int(os.environ.get("REKEY_MACHINE_EXAMPLES", "0"))


def profile(examples: int, steps: int) -> settings:
    return settings(
        max_examples=MORE or examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=not MORE,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    return None if request.param == "memory" else url_of(request.param, request, tmp_path)


def _few(store: str | None, memory: int, sqlite: int, postgres: int) -> int:
    """The same sequences for all: more of them where they cost less."""
    return memory if store is None else sqlite if store.startswith("sqlite") else postgres


def search(machine: type[Stores], store: str | None, setting: settings) -> None:
    bench = Bench(store)
    try:
        run_state_machine_as_test(lambda: machine(bench), settings=setting)
    finally:
        bench.close()


def test_items(store: str | None) -> None:
    search(Machine, store, profile(_few(store, 100, 40, 20), 40))


def test_guards(store: str | None) -> None:
    search(GuardMachine, store, profile(_few(store, 30, 10, 10), 30))
