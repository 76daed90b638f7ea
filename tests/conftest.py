"""The order of the tests, which two workers take file by file: the long ones first."""

from __future__ import annotations

import pytest

LONGEST = (
    "test_chaos",
    "test_demo",
    "test_guards",
    "test_stops",
    "test_reconcile",
    "test_moves",
    "test_slow",
    "test_under_prefect",
    "test_reconcile_moves",
    "test_trouble",
    "test_prefect_life",
    "test_prefect",
    "test_opening_hours",
    "test_shadow_match",
    "test_new_process",
)
"""These files go first, so that the run does not end with one worker idle."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST)

    items.sort(key=place)
