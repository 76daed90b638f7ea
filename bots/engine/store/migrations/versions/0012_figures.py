"""Figures that a council can stand by: baselines, review time, and what people closed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_CAME_TO = "event = 'state' AND \"after\" IN ({})"
_BY_PEOPLE = sa.text("event = 'state' AND \"before\" IN ('awaiting_approval', 'exception', 'in_doubt')")


def upgrade() -> None:
    op.create_table(
        "baselines",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("measured", sa.JSON(), nullable=False),
        sa.Column("signed", sa.Double(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("process", "number"),
    )
    op.create_table(
        "reviews",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "last_reviews",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_index("reviews_at", "reviews", ["process", "at"])
    op.drop_index("history_came_to", "history")
    _partial(
        "history_came_to",
        ["at", "after", "item", "before", "code"],
        sa.text(_CAME_TO.format("'done', 'exception', 'withdrawn'")),
    )
    _partial("history_by_people", ["at", "item", "who", "code"], _BY_PEOPLE)


def _partial(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, "history", columns, sqlite_where=where, postgresql_where=where)
