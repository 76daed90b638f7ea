"""For figures: the saves of some days, and when items came into doubt."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_CAME = sa.text("event = 'state' AND after = 'in_doubt'")


def upgrade() -> None:
    op.create_index("intents_recorded", "intents", ["recorded", "item"])
    op.create_index(
        "history_came_into_doubt",
        "history",
        ["at", "item"],
        sqlite_where=_CAME,
        postgresql_where=_CAME,
    )
