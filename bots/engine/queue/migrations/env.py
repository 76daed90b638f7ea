"""Alembic's entry: it always gets an open connection from `bots.engine.queue.migrate`."""

from alembic import context

from bots.engine.queue import (
    alert_tables,  # noqa: F401  (its tables belong to the metadata)
    figure_tables,  # noqa: F401  (its tables belong to the metadata)
    people_tables,  # noqa: F401  (its tables belong to the metadata)
    work_tables,  # noqa: F401  (and these)
)
from bots.engine.queue.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
