"""One door to the database: a function of a connection runs as one transaction.

SQLite runs on one thread of its own with one hop per transaction, PostgreSQL on asyncpg; the
transaction's code is the same for both (see runbooks/decisions/0002-one-transaction-one-function.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ...core.errors import ConfigurationError, StoreAway, SystemException

T = TypeVar("T")
Transaction = Callable[[Connection], T]
_URLS = "REKEY_DATABASE should begin with sqlite:/// or postgresql://."
_AWAY = ("08", "53300", "57P")
"""How PostgreSQL's codes begin when it starts up or shuts down, has no connection left, or lost one."""
Clock = Callable[[Connection], float]
CONNECTING = 10.0
"""Seconds until a database that does not take a connection counts as silent."""
STATEMENT = 20.0
"""Seconds until one that does not answer a statement does."""
_IDLE = 1.5
"""Times as long, and PostgreSQL ends a transaction whose worker went away: what it locked is free again."""
_KEEPALIVES = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
CLOSING = 5.0
"""Seconds in which connections close; those that do not are dropped."""


def to_json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # half a character from a broken source: the standard library writes it escaped
        return json.dumps(value)


def from_json(text: str | bytes) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:  # what the standard library wrote
        return json.loads(text)


_NOW = sa.text("SELECT extract(epoch FROM clock_timestamp())")


def database_clock(connection: Connection) -> float:
    """Seconds since 1970 on the database's clock: workers' own clocks need not agree."""
    if connection.dialect.name == "sqlite":
        return time.time()  # SQLite has no other clock than that of the one machine it is on
    return float(connection.execute(_NOW).scalar_one())


class Database(Protocol):
    async def run(self, transaction: Transaction[T], *, patiently: bool = False) -> T:
        """Run a transaction that may write. It is durable when this returns. A database that goes silent is a
        SystemException. `patiently`: a statement of it may take as long as it wants."""

    async def close(self) -> None: ...


class SqliteDatabase:
    """A file in WAL mode with full synchronisation; every transaction begins IMMEDIATE."""

    def __init__(self, path: Path | str, *, patience: float = 30.0) -> None:
        """`patience`: seconds to wait for another process that is writing."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rekey-store")
        self._engine = sa.create_engine(
            f"sqlite:///{path}",
            connect_args={"timeout": patience, "isolation_level": None},
            pool_size=1,
            max_overflow=0,
            hide_parameters=True,  # an error names the statement, never a person's data
            json_serializer=to_json,
            json_deserializer=from_json,
        )
        sa.event.listen(self._engine, "connect", _prepare_sqlite)
        self._connection: Connection | None = None
        self._closed = False

    async def run(self, transaction: Transaction[T], *, patiently: bool = False) -> T:
        loop = asyncio.get_running_loop()
        # A cancelled caller's transaction is not begun, or it runs to its end: never half of it.
        return await loop.run_in_executor(self._thread, self._run, transaction)

    def _run(self, transaction: Transaction[T]) -> T:
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            with self._connection.begin():
                # Straight to the driver: SQLAlchemy itself begins nothing on SQLite.
                driver: Any = self._connection.connection.dbapi_connection
                driver.execute("BEGIN IMMEDIATE")
                return transaction(self._connection)
        except (sa.exc.DBAPIError, sqlite3.Error) as error:
            raise _store_failed(error) from None

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # secure_delete: what is erased is overwritten in the file. Some builds of SQLite have it off.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


class PostgresDatabase:
    """PostgreSQL through asyncpg, for several workers or machines."""

    def __init__(self, url: str, *, statement: float = STATEMENT, **options: Any) -> None:
        """`statement`: seconds that the answer to one statement may take."""
        self._given = {"url": url, "hide_parameters": True, "json_serializer": to_json, **options}
        self._engine = create_async_engine(
            pool_pre_ping=True,
            pool_timeout=CONNECTING,
            connect_args={
                "timeout": CONNECTING,
                "command_timeout": statement,
                "server_settings": {
                    **_KEEPALIVES,
                    "statement_timeout": f"{statement * 1000:.0f}",
                    "idle_in_transaction_session_timeout": f"{_IDLE * statement * 1000:.0f}",
                },
            },
            **self._given,
        )
        self._running: set[asyncio.Task[Any]] = set()

    async def run(self, transaction: Transaction[T], *, patiently: bool = False) -> T:
        # Shielded from the caller's cancellation, and held: the loop's own references are weak.
        task = asyncio.ensure_future(self._patiently(transaction) if patiently else self._run(transaction))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # its caller may be gone: nobody else asks

    async def _run(self, transaction: Transaction[T]) -> T:
        return await _begun(self._engine, transaction)

    async def _patiently(self, transaction: Transaction[T]) -> T:
        """On a connection of its own, which ends without waiting for the other side."""
        engine = create_async_engine(
            poolclass=sa.NullPool,
            connect_args={"timeout": CONNECTING, "server_settings": _KEEPALIVES},
            **self._given,
        )
        try:
            return await _begun(engine, transaction, ends=True)
        finally:
            await engine.dispose()

    async def close(self) -> None:
        await asyncio.gather(*self._running, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                await self._engine.dispose()


# Broken connections and deadlocks come as plain DBAPIError from this driver, silent ones as TimeoutError,
# which is an OSError.
_BROKEN = (sa.exc.DBAPIError, sa.exc.TimeoutError, OSError)


async def _begun(engine: AsyncEngine, transaction: Transaction[T], *, ends: bool = False) -> T:
    """`ends`: the connection is left afterwards without waiting for the other side."""
    # Of what goes wrong before there is a connection SQLAlchemy passes the driver's own errors on.
    driver: Any = engine.dialect.loaded_dbapi
    try:
        async with engine.connect() as connection:
            async with connection.begin():
                done = await connection.run_sync(transaction)
            if ends:
                await connection.invalidate()
            return done
    except (*_BROKEN, driver.asyncpg.PostgresError) as error:
        raise _store_failed(error) from None


def _store_failed(error: Exception) -> SystemException:
    # The first line of the driver's text names tables and reasons; values are in what follows, left out.
    # It may have failed in the commit itself, so nothing is said about what was written.
    cause = getattr(error, "orig", None) or error
    reason = (str(cause).splitlines() or ["it does not answer"])[0].rpartition(">: ")[2]
    sentence = f"The store could not be used ({reason})."
    if _is_away(error, cause):
        return StoreAway("store-failed", f"{sentence} Try again in a minute.")
    return SystemException("store-failed", sentence)


def _is_away(error: Exception, cause: BaseException) -> bool:
    if isinstance(error, OSError) or getattr(error, "connection_invalidated", False):
        return True
    state = getattr(cause, "sqlstate", None) or ""
    away = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN)
    return state.startswith(_AWAY) or getattr(cause, "sqlite_errorcode", 0) & 0xFF in away


def connect(url: str) -> Database:
    """The database of a URL: `sqlite:///path` or `postgresql://...`."""
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError:
        raise ConfigurationError("database-url", _URLS) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if not parsed.database:
            raise ConfigurationError("database-url", "REKEY_DATABASE names no SQLite file.")
        return SqliteDatabase(parsed.database)
    if backend == "postgresql":
        return PostgresDatabase(
            parsed.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
        )
    raise ConfigurationError("database-url", _URLS)
