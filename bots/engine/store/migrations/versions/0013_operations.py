"""When a hand-in begins, what was decided about how the bots are run, and locators that drift."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("batches", sa.Column("begins", sa.Double(), nullable=True))
    set_at_all = sa.text("begins IS NOT NULL")
    op.create_index(
        "batches_begin", "batches", ["begins"], sqlite_where=set_at_all, postgresql_where=set_at_all
    )
    op.create_table(
        "drift",
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.Double(), nullable=False),
        sa.Column("last", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "operations",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("operations_scope", "operations", ["scope", "id"])
