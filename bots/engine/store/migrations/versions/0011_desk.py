"""What is due soonest is keyed first; urgent items lead the work list; a question is asked of somebody."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_WAITING = sa.text("state IN ('awaiting_approval', 'exception', 'in_doubt')")


def upgrade() -> None:
    op.drop_index("items_next", "items")
    op.create_index(
        "items_next", "items", ["process", "state", sa.text("priority DESC"), "due", "created", "id"]
    )
    op.create_index(
        "waiting_urgent",
        "items",
        ["process", "state", sa.text("priority DESC"), "due", "created", "id", "code"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.add_column("comments", sa.Column("to", sa.Text(), nullable=True))
    op.add_column("comments", sa.Column("answers", sa.BigInteger(), nullable=True))
    for name in ("to", "answers"):
        there = sa.text(f'"{name}" IS NOT NULL')
        op.create_index(f"comments_{name}", "comments", [name], sqlite_where=there, postgresql_where=there)
