"""Alembic's entry: it always gets an open connection from `bots.engine.store.database.migrate`."""

from alembic import context

from bots.engine.store.alerts import tables as alert_tables  # noqa: F401  (its tables belong to the metadata)
from bots.engine.store.database.tables import metadata
from bots.engine.store.figures import tables as figure_tables  # noqa: F401
from bots.engine.store.people import tables as people_tables  # noqa: F401
from bots.engine.store.work_list import tables as work_tables  # noqa: F401  (and these)

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
