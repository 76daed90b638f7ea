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
from random import randrange

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from .conftest import url_of
from .machine_guard_rules import GuardMachine
from .machine_rules import Machine
from .machine_stage import Stores
from .machine_stores import Bench

MORE = int(os.environ.get("REKEY_MACHINE_EXAMPLES", "0"))
ROUND = 10
"""Examples of one seed: from the eleventh on, Hypothesis mostly varies those before, and finds less."""


def profile(steps: int) -> settings:
    return settings(
        max_examples=ROUND,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    return None if request.param == "memory" else url_of(request.param, request, tmp_path)


def search(machine: type[Stores], store: str | None, rounds: int, steps: int) -> None:
    """The same seeds every time; for a longer search, others."""
    bench, first = Bench(store), randrange(10**9) if MORE else 0
    try:
        for number in range(first, first + (MORE // ROUND or rounds)):
            new_machine = seed(number)(lambda: machine(bench))
            run_state_machine_as_test(new_machine, settings=profile(steps))
    finally:
        bench.close()


def _few(store: str | None, memory: int, sqlite: int, postgres: int) -> int:
    """Most sequences where they cost least."""
    return memory if store is None else sqlite if store.startswith("sqlite") else postgres


def test_items(store: str | None) -> None:
    search(Machine, store, _few(store, 12, 5, 2), 50)


def test_guards(store: str | None) -> None:
    search(GuardMachine, store, _few(store, 6, 3, 1), 30)
