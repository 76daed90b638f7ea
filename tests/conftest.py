"""The order of the tests, which the test processes take file by file: the long ones first."""

from __future__ import annotations

import gc
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher
from playwright.async_api import Browser

from bots.engine.console.services import passwords
from bots.engine.screens import browser
from bots.engine.screens.wire import wire
from bots.engine.screens.wire.authority import Authority
from bots.engine.store.database import database, migrate
from tests.driver import KeptDriver, a_browser
from tests.kept_readers import KeptReaders
from tests.kept_schema import KeptSchema
from tests.prefect_homes import PrefectHomes

# Where byte code is not kept, each process that a test starts compiles the project anew, and each that runs
# tests compiles all of them.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

LONGEST = (
    "test_chaos",
    "test_console",
    "test_retention",
    "test_sandbox",
    "test_demo",
    "test_moves",
    "test_brake",
    "test_stops",
    "test_slow",
    "test_under_prefect",
    "test_prefect_life",
    "test_shadow_match",
    "test_clock",
    "test_moves_frozen",
    "test_limits",
    "test_machine",
    "test_prefect",
    "test_console_prefect",
    "test_restored",
    "test_console_documents",
    "test_console_hand_in",
    "test_prefect_shut",
    "test_command",
    "test_work_list",
    "test_races",
    "test_benefits",
    "test_new_process",
    "test_console_sign_in",
    "test_console_comparisons",
    "test_restores",
    "test_two_readers",
    "test_audit_command",
    "test_reconcile",
    "test_reconcile_moves",
    "test_alerts",
    "test_console_routes",
    "test_page_pictures",
    "test_alert_causes",
    "test_console_desk",
    "test_prefect_door",
    "test_guards",
    "test_reading",
    "test_people",
    "test_kills",
    "test_hangs",
    "test_faults",
    "test_clones",
    "test_console_openid",
    "test_trouble",
    "test_audit",
    "test_alert_watch",
    "test_architecture",
    "test_opening_hours",
    "test_console_people",
    "test_console_figures",
    "test_bombs",
    "test_console_tokens",
)
"""These files go first, so that the run does not end with one worker idle: the longest of each run, also of
the one with the long tests only."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """What was imported and collected stays: looking for garbage in it again and again takes long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
async def kept_driver() -> AsyncIterator[KeptDriver]:
    """Playwright's driver and a browser take long to start: one for all tests of a process.

    A key of the wire's own is made once, too: the browser is told of it when it starts.
    """
    kept, authority = KeptDriver(), Authority()
    with (
        patch.object(browser, "async_playwright", kept),
        patch.object(wire, "Authority", lambda: authority),
    ):
        yield kept
    await kept.end()


@pytest.fixture(name="browser", scope="session")
async def browser_of_a_test(kept_driver: KeptDriver) -> AsyncIterator[Browser]:
    """For pages that a test opens itself. Without a browser it fails, it is never passed over."""
    async with a_browser() as found:
        yield found


@pytest.fixture
def own_browser(kept_driver: KeptDriver) -> Iterator[None]:
    """A browser of its own for every run, as they ship: for tests of what becomes of it."""
    kept_driver.own = True
    yield
    kept_driver.own = False


@pytest.fixture(scope="session", autouse=True)
async def kept_readers() -> AsyncIterator[KeptReaders]:
    kept = KeptReaders()
    with kept.lent():
        yield kept
    await kept.end()


@pytest.fixture
async def own_readers(kept_readers: KeptReaders) -> AsyncIterator[None]:
    """A reader of its own for every sandbox, as they ship: for tests of what becomes of it."""
    await kept_readers.end()
    kept_readers.own = True
    yield
    kept_readers.own = False


HASHER = passwords._HASHER
"""As it ships."""


@pytest.fixture(scope="session", autouse=True)
def passwords_that_nobody_guesses_at() -> Iterator[None]:
    """Hashing is slow on purpose. Processes that tests start hash as ever."""
    with patch.object(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)):
        yield


@pytest.fixture
def shipped_hasher() -> Iterator[PasswordHasher]:
    with patch.object(passwords, "_HASHER", HASHER):
        yield HASHER


PREPARE_SQLITE = database._prepare_sqlite
"""As it ships: every transaction is on the disk when it returns."""


@pytest.fixture(scope="session", autouse=True)
def stores_that_need_not_outlast_the_machine() -> Iterator[None]:
    """A power cut would take nothing from them that anyone wants, as with the PostgreSQL of the contract
    tests; and no test waits for the disk at every transaction. Processes that tests start do, as ever."""

    def prepare(connection: sqlite3.Connection, record: object) -> None:
        PREPARE_SQLITE(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    with patch.object(database, "_prepare_sqlite", prepare):
        yield


@pytest.fixture(scope="session", autouse=True)
def schema_that_is_migrated_once() -> Iterator[None]:
    """Processes that tests start migrate theirs themselves, as ever."""
    with patch.object(migrate, "_to_head", KeptSchema(migrate._to_head)):
        yield


@pytest.fixture(scope="session")
def prefect_homes(tmp_path_factory: pytest.TempPathFactory) -> PrefectHomes:
    base = tmp_path_factory.getbasetemp()
    alone = not os.environ.get("PYTEST_XDIST_WORKER")
    return PrefectHomes(base if alone else base.parent)
