"""What people asked bots to look up in a target."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "lookups",
        sa.Column("item", sa.Text(), primary_key=True),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("asked", sa.Double(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("taken_until", sa.Double(), nullable=False, server_default=sa.text("0")),
        sa.Column("answered", sa.Double(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("sight", sa.JSON(), nullable=True),
    )
    waits = sa.text("answered IS NULL")
    op.create_index(
        "lookups_waiting", "lookups", ["process", "asked"], sqlite_where=waits, postgresql_where=waits
    )
