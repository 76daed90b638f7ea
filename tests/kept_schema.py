"""The tables of a new store on SQLite: migrated once in a test process, then made as they were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa


class KeptSchema:
    """In place of the migrations, for a store with nothing in it; any other is migrated as ever."""

    def __init__(self, migrate: Callable[[sa.Connection], None]) -> None:
        self._migrate = migrate
        self._made: Sequence[str] = ()

    def __call__(self, connection: sa.Connection) -> None:
        if connection.dialect.name != "sqlite" or sa.inspect(connection).get_table_names():
            self._migrate(connection)
        elif self._made:
            for statement in self._made:
                connection.exec_driver_sql(statement)
        else:
            self._migrate(connection)
            driver: Any = connection.connection.dbapi_connection
            _begin, *self._made, _commit = driver.iterdump()
