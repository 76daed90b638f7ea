"""The order of the tests, which two workers take file by file: the long ones first."""

from __future__ import annotations

import pytest

LONGEST = (
    "test_stops",
    "test_guards",
    "test_moves_kills",
    "test_moves",
    "test_slow",
    "test_shadow_match",
    "test_opening_hours",
    "test_demo",
    "test_kills",
    "test_under_prefect",
    "test_prefect",
)
"""These files go first, so that the run does not end with one worker idle."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST)

    items.sort(key=place)
