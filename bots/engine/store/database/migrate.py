"""Bring a store's schema up to date with Alembic, inside the caller's transaction."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

HEAD = "0020"
"""The newest revision under migrations/versions."""
_LOCK = 7_215_335_977  # any number that no other program on the same PostgreSQL uses


def upgrade(connection: Connection) -> None:
    """Apply what is missing. Two workers that start together take turns."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
    if _revision(connection) != HEAD:
        _to_head(connection)


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return revision


def _to_head(connection: Connection) -> None:
    # Loaded once in a release, not with every start of a bot: it takes a sixth of all that is loaded.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
