"""The work list: due dates, who has taken what, comments, saved filters, and the indices of all that."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_WAITING = sa.text("state IN ('awaiting_approval', 'exception', 'in_doubt')")
_CAME_TO = sa.text("event = 'state' AND \"after\" IN ('done', 'exception')")
_DECIDED = sa.text(
    "event = 'state' AND \"after\" = 'new' "
    "AND \"before\" IN ('awaiting_approval', 'exception', 'in_doubt', 'new')"
)


def upgrade() -> None:
    op.add_column("items", sa.Column("due", sa.Double(), nullable=False, server_default=sa.text("9e12")))
    _tables()
    _indices()


def _tables() -> None:
    op.create_table(
        "holders",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("item"),
    )
    op.create_table(
        "snoozes",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("item"),
    )
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "comments",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "saved_filters",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person", "name"),
    )


def _indices() -> None:
    op.create_index("holders_until", "holders", ["until"])
    op.create_index("holders_person", "holders", ["person", "until"])
    op.create_index("snoozes_until", "snoozes", ["until"])
    op.create_index("comments_item", "comments", ["item"])
    folded = "lower(substr(reference, 1, 64))"
    if op.get_bind().dialect.name == "postgresql":
        folded += " text_pattern_ops"
    of_items: dict[str, list[str | sa.TextClause]] = {
        "waiting_age": ["state", "created", "id", "due", "code"],
        "waiting_code": ["state", "code", "created", "id", "due"],
        "waiting_due": ["state", "due", "created", "id", "code"],
        "waiting_text": [sa.text(folded), "state", "code", "created", "due", "id"],
    }
    for name, columns in of_items.items():
        _partial(name, "items", ["process", *columns], _WAITING)
    _partial("history_came_to", "history", ["at", "after", "item", "before", "code"], _CAME_TO)
    _partial("history_decided", "history", ["item", "code"], _DECIDED)
    op.create_index(
        "receipts_adopted",
        "receipts",
        ["at", "item"],
        sqlite_where=sa.text("adopted = 1"),
        postgresql_where=sa.text("adopted"),
    )


def _partial(name: str, table: str, columns: list[str | sa.TextClause], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
