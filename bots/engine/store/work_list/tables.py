"""The work list's tables, and the indices that keep it quick however much waits.

Its indices hold only items that wait for people: what a bot takes and keys costs nothing more.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ...core.queue import NEVER
from ...core.work_list import FOR_PEOPLE
from ..database import tables as t

NO_DUE = NEVER
"""In place of a due date that there is not: sorted last by both databases, and compared without a case."""
FOLDED = 64
"""Letters of a reference that its index holds: a whole one could be longer than an index takes."""

_STATES: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{state.value}'") for state in FOR_PEOPLE]
waiting = t.items.c.state.in_(_STATES)
"""Literals, in the words of the indices: with parameters SQLite could not see that they fit."""
folded = sa.func.lower(
    sa.func.substr(t.items.c.reference, sa.literal_column("1"), sa.literal_column(f"{FOLDED}"))
)

_i = t.items.c
_ONLY: dict[str, Any] = {"sqlite_where": waiting, "postgresql_where": waiting}
# Each holds everything that is filtered, ordered or counted by: the wide rows are read for one page alone.
sa.Index("waiting_age", _i.process, _i.state, _i.created, _i.id, _i.due, _i.code, **_ONLY)
sa.Index("waiting_code", _i.process, _i.state, _i.code, _i.created, _i.id, _i.due, **_ONLY)
sa.Index("waiting_due", _i.process, _i.state, _i.due, _i.created, _i.id, _i.code, **_ONLY)
sa.Index(
    "waiting_urgent", _i.process, _i.state, _i.priority.desc(), _i.due, _i.created, _i.id, _i.code, **_ONLY
)
sa.Index(
    "waiting_text",
    _i.process,
    folded.label("folded"),
    _i.state,
    _i.code,
    _i.created,
    _i.due,
    _i.id,
    # By bytes, whatever language the database sorts in: only so a beginning is one stretch of the index.
    postgresql_ops={"folded": "text_pattern_ops"},
    **_ONLY,
)

holders = sa.Table(
    "holders",
    t.metadata,
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("since", sa.Double, nullable=False),
    sa.Column("until", sa.Double, nullable=False),  # from then on it counts as nobody's
    sa.Column("by", sa.Text),  # who assigned it; nobody when it was taken
)
sa.Index("holders_until", holders.c.until)
sa.Index("holders_person", holders.c.person, holders.c.until)

snoozes = sa.Table(
    "snoozes",
    t.metadata,
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("until", sa.Double, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    # How long its history was: the item is back in the list when anything is added to it.
    sa.Column("entries", sa.Integer, nullable=False),
)
sa.Index("snoozes_until", snoozes.c.until)

comments = sa.Table(
    "comments",
    t.metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("to", sa.Text),  # the person who is asked
    sa.Column("answers", sa.BigInteger),  # the question's id
)
sa.Index("comments_item", comments.c.item)
asked = sa.and_(comments.c.to.is_not(None))
answering = sa.and_(comments.c.answers.is_not(None))
sa.Index("comments_to", comments.c.to, sqlite_where=asked, postgresql_where=asked)
sa.Index("comments_answers", comments.c.answers, sqlite_where=answering, postgresql_where=answering)

saved_filters = sa.Table(
    "saved_filters",
    t.metadata,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("query", sa.Text, nullable=False),
)


# For figures: what was done, raised and closed by its time, and what a person decided.
def decision(h: sa.FromClause) -> sa.ColumnElement[bool]:
    """A row of history that sends an item on, out of the hands of people or put off by one. A correction by
    its source looks alike, but for its code."""
    before = [*_STATES, sa.literal_column("'new'")]
    event, after = h.c.event == sa.literal_column("'state'"), h.c.after == sa.literal_column("'new'")
    return sa.and_(event, after, h.c.before.in_(before))


def decision_of_people(h: sa.FromClause) -> sa.ColumnElement[bool]:
    """A row of history that moves an item on which waited for people. Who did it, is not asked here."""
    return sa.and_(h.c.event == sa.literal_column("'state'"), h.c.before.in_(_STATES))


_h = t.history.c
came_to = sa.and_(
    _h.event == sa.literal_column("'state'"),
    _h.after.in_([sa.literal_column(f"'{name}'") for name in ("done", "exception", "withdrawn")]),
)
adopted = sa.and_(t.receipts.c.adopted)
_of_receipts = (t.receipts.c.at, t.receipts.c.item)
_of_history = (_h.at, _h.after, _h.item, _h.before, _h.code)
_decided = decision(t.history)
sa.Index("history_came_to", *_of_history, sqlite_where=came_to, postgresql_where=came_to)
sa.Index("history_decided", _h.item, _h.code, sqlite_where=_decided, postgresql_where=_decided)
sa.Index("receipts_adopted", *_of_receipts, sqlite_where=adopted, postgresql_where=adopted)
