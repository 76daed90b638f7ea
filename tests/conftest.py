"""The order of the tests, which two workers take file by file: the long ones first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from unittest.mock import patch

import pytest

from bots.engine.screens import browser
from tests.driver import KeptDriver

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


@pytest.fixture(scope="session", autouse=True)
async def kept_driver() -> AsyncIterator[None]:
    """Playwright's driver takes longer to start than a browser: one for all tests of a process.

    Browsers are started anew for every run, as ever.
    """
    kept = KeptDriver()
    with patch.object(browser, "async_playwright", kept):
        yield
    await kept.end()
