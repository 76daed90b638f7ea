"""Transactions of what people tell each other about an item, and of the filters that they keep."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.work_list import LARGEST, Comment, Question, Remark, SavedFilter, storable
from ..database import tables as t
from ..database.bulk import write_once
from ..work.rules import no
from .pages import entries_of
from .tables import comments, holders, saved_filters, snoozes

LONGEST = 10_000
LONGEST_NAME = 100
_asked = (comments.c.kind == Remark.QUESTION.value,)


def remark(
    connection: Connection,
    now: float,
    item: str,
    who: str,
    text: str,
    kind: Remark,
    to: str | None = None,
    answers: int | None = None,
) -> Comment:
    """Say something of an item. Of one that was erased nothing more is kept: nobody would erase it again."""
    said = clean(text).strip()
    if not said:
        raise no("nothing-said", "Write something first.")
    if len(said) > LONGEST:
        raise no("too-long", f"A comment has at most {LONGEST:,} letters.")
    # Held, so that an erasure comes before it or takes it along.
    query = sa.select(t.items.c.salt).where(t.items.c.id == item).with_for_update()
    row = connection.execute(query).one_or_none() if storable(item) else None
    if row is None:
        raise no("unknown-item", f"There is no item {item}.")
    if row.salt is None:
        raise no("erased", "The personal data of this item was erased. Nothing more is written about it.")
    values = {"item": item, "at": now, "who": who, "text": said, "kind": kind.value}
    kept = sa.insert(comments).values(**values, to=to, answers=answers).returning(*comments.c)
    return _comment(connection.execute(kept).mappings().one())


def ask(connection: Connection, now: float, item: str, who: str, to: str, text: str) -> Comment:
    """It waits in the colleague's list until somebody answers it."""
    if to == who:
        raise no("asks-oneself", "Choose a colleague: you cannot ask yourself.")
    return remark(connection, now, item, who, text, Remark.QUESTION, to=to)


def answer(connection: Connection, now: float, item: str, who: str, question: int, text: str) -> Comment:
    """Whoever knows the answer may give it, also after somebody else."""
    mine = (comments.c.id == question, comments.c.item == item, *_asked)
    if not storable(item) or connection.execute(sa.select(comments.c.id).where(*mine)).first() is None:
        raise no("no-such-question", "There is no such question about this item.")
    return remark(connection, now, item, who, text, Remark.ANSWER, answers=question)


def questions(connection: Connection, now: float, person: str, processes: Sequence[str]) -> list[Question]:
    """Those that wait for a person's answer, the oldest first."""
    given = comments.alias()
    answered = sa.select(given.c.id).where(given.c.answers == comments.c.id).exists()
    query = (
        sa.select(comments)
        .join(t.items, t.items.c.id == comments.c.item)
        .where(comments.c.to == person, *_asked, ~answered, t.items.c.process.in_(processes))
        .order_by(comments.c.id)
        .limit(LARGEST)
    )
    found = [_comment(row) for row in connection.execute(query).mappings()]
    about = entries_of(connection, now, [one.item for one in found])
    return [Question(asked=one, about=about[one.item]) for one in found]


def clean(text: str) -> str:
    """As a database can hold it."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def comments_of(connection: Connection, item: str) -> list[Comment]:
    if not storable(item):
        return []
    query = sa.select(comments).where(comments.c.item == item).order_by(comments.c.id)
    return [_comment(row) for row in connection.execute(query).mappings()]


def _comment(row: sa.RowMapping) -> Comment:
    return Comment(**{**row, "kind": Remark(row["kind"])})


def erase(connection: Connection, item: str) -> None:
    """Everything that people wrote on the work list about an item, and whose desk it was on."""
    for table in (comments, holders, snoozes):
        connection.execute(sa.delete(table).where(table.c.item == item))


def save_filter(connection: Connection, person: str, name: str, query: str) -> None:
    """Under a name of the person's own; the same name again replaces it."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not storable(name):
        raise no("no-name", f"Give the filter a name of at most {LONGEST_NAME} letters.")
    if len(query) > LONGEST or not storable(query):
        raise no("too-long", "This filter is too long to be kept.")
    delete_filter(connection, person, name)
    write_once(connection, saved_filters, {"person": person, "name": name, "query": query})


def filters_of(connection: Connection, person: str) -> list[SavedFilter]:
    query = sa.select(saved_filters.c.name, saved_filters.c.query).where(saved_filters.c.person == person)
    return sorted(
        (SavedFilter(**row) for row in connection.execute(query).mappings()), key=lambda kept: kept.name
    )


def delete_filter(connection: Connection, person: str, name: str) -> bool:
    """False: there was none of this name."""
    if not storable(name):
        return False
    mine = (saved_filters.c.person == person, saved_filters.c.name == name)
    return connection.execute(sa.delete(saved_filters).where(*mine)).rowcount > 0
