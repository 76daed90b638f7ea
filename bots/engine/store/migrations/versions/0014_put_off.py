"""What was put off comes back with whatever happens to it, and after a year at the latest."""

import sqlalchemy as sa
from alembic import op

from bots.engine.core.work_list import PUT_OFF_FOR
from bots.engine.store.database.database import database_clock

revision = "0014"
down_revision = "0013"

_LENGTH = sa.text("UPDATE snoozes SET entries = (SELECT entries FROM items WHERE items.id = snoozes.item)")
_BACK = sa.text(
    "DELETE FROM snoozes WHERE until > :latest OR NOT EXISTS (SELECT 1 FROM items WHERE items.id = "
    "snoozes.item AND items.state = snoozes.state AND coalesce(items.code, '') = snoozes.code)"
)


def upgrade() -> None:
    connection = op.get_bind()
    # Back in the list already, or out of it for longer than anybody may put it off.
    connection.execute(_BACK, {"latest": database_clock(connection) + PUT_OFF_FOR})
    op.add_column("snoozes", sa.Column("entries", sa.Integer(), nullable=False, server_default="0"))
    connection.execute(_LENGTH)
    op.drop_column("snoozes", "state")
    op.drop_column("snoozes", "code")
