"""Limits of a bot, what was begun today, what people agreed to; clocks that were set, restored backups."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "limits",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("daily_items", sa.Integer(), nullable=True),
        sa.Column("daily_pence", sa.BigInteger(), nullable=True),
        sa.Column("approve_first", sa.Integer(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("process"),
    )
    op.create_table(
        "spent",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("pence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("process", "day", "item"),
    )
    op.create_table(
        "approvals",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("asked", sa.Double(), nullable=False),
        sa.Column("who", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("item", "digest"),
    )
    op.add_column("items", sa.Column("lease_seconds", sa.Double(), nullable=True))
    op.add_column("intents", sa.Column("unsteady", sa.Double(), nullable=True))
    op.add_column("licences", sa.Column("seconds", sa.Double(), nullable=False, server_default="60"))
    op.add_column("store", sa.Column("restored", sa.Double(), nullable=True))
