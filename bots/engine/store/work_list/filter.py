"""A filter of the work list as conditions of SQL."""

from __future__ import annotations

import operator
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.work_list import FOR_PEOPLE, NOBODY, UNSURE, Wanted, storable
from ..database import tables as t
from .tables import FOLDED, folded, holders, snoozes, waiting

Condition = sa.ColumnElement[bool]
FEW = 2000
"""So many that a search finds are sorted; of more, the first are met on the way through the list."""
BUT_PROCESS = ("state", "code")
BY_ID = ("process", "state", "code")
_BRACKETS = 7
_LAST = "\U0010ffff"  # sorted behind every letter


@dataclass(frozen=True, kw_only=True)
class Sieve:
    """A filter at one moment. `few`: what it asks for is found by an index of its own, and then sorted.

    `rare`: it is the text that is found so. `processes`: where anything of it may be found.
    """

    wanted: Wanted
    now: float
    processes: Sequence[str]
    text: Condition | None
    few: bool
    rare: bool

    @property
    def states(self) -> list[str]:
        return sorted({state.value for state in self.wanted.states or FOR_PEOPLE})

    @property
    def codes(self) -> list[str] | None:
        """The codes that are asked for; None: any, or none."""
        if not self.wanted.unsure:
            return None if self.wanted.code is None else [self.wanted.code]
        return [code for code in UNSURE if self.wanted.code in (None, code)]

    def plain(self) -> list[Condition]:
        """What the item's own columns say, but for process, state and code."""
        wanted, i = self.wanted, t.items.c
        asked: list[tuple[Any, Any, Any]] = [
            (operator.lt, i.created, wanted.received_before),
            (operator.gt, i.created, wanted.received_after),
            (operator.lt, i.due, wanted.due_before),
            (operator.gt, i.due, wanted.due_after),
        ]
        told = [compares(column, moment) for compares, column, moment in asked if moment is not None]
        return told if self.text is None else [*told, self.text]

    def desk(self) -> list[Condition]:
        """Who holds it, and whether it was put off."""
        told = _awake(self.wanted, self.now)
        if self.wanted.holder == NOBODY:
            return [*told, ~held(self.now)]
        if self.wanted.holder is not None:
            told.append(t.items.c.id.in_(items_of(self.wanted.holder, self.now)))
        return told

    def among(self, aside: Collection[str] = ()) -> list[Condition]:
        """The processes, states and codes together. `aside`: those that are not to be found by an index."""
        told = [waiting, _one_of("process", self.processes, aside), _one_of("state", self.states, aside)]
        return told if self.codes is None else [*told, _one_of("code", self.codes, aside)]

    @property
    def narrowest(self) -> Collection[str]:
        """What to put aside, so that the few are found by their own index."""
        if self.rare:
            return BUT_PROCESS
        return BY_ID if self.few else ()


def sieve(connection: Connection, now: float, wanted: Wanted) -> Sieve:
    processes, word = set(wanted.processes), wanted.text.strip()
    text = _by_id(connection, word) if word else None
    rare = text is not None
    if word and text is None:
        processes &= set(wanted.by_reference)
        text, rare = _by_reference(connection, processes, word)
    few = rare or wanted.asleep or wanted.holder not in (None, NOBODY)
    return Sieve(wanted=wanted, now=now, processes=sorted(processes), text=text, few=few, rare=rare)


def held(now: float) -> Condition:
    mine = (holders.c.item == t.items.c.id, holders.c.until > now)
    return sa.select(holders.c.item).where(*mine).correlate(t.items).exists()


def asleep(now: float) -> Condition:
    return sa.select(snoozes.c.item).where(*sleeping(now)).correlate(t.items).exists()


def _awake(wanted: Wanted, now: float) -> list[Condition]:
    if wanted.asleep:
        put_off = sa.select(snoozes.c.item).where(snoozes.c.until > now)
        return [t.items.c.id.in_(put_off), asleep(now)]
    return [] if wanted.snoozed else [~asleep(now)]


def sleeping(now: float) -> tuple[Condition, ...]:
    """A snooze is of the item as it was then: with anything that happens to it, it is back in the list."""
    return (
        snoozes.c.item == t.items.c.id,
        snoozes.c.until > now,
        snoozes.c.entries == t.items.c.entries,
    )


def items_of(person: str, now: float) -> sa.Select[Any]:
    return sa.select(holders.c.item).where(holders.c.person == person, holders.c.until > now)


def _one_of(name: str, values: Sequence[str], aside: Collection[str]) -> Condition:
    # An expression in place of the column: no database then reads an index from there.
    column = t.items.c[name]
    return (column.concat("") if name in aside else column).in_(values)


def _by_id(connection: Connection, text: str) -> Condition | None:
    """None: no item has this id."""
    if not storable(text):
        return sa.false()
    known = t.items.c.id == text.lower()
    found = connection.execute(sa.select(t.items.c.id).where(known)).first()
    return known if found is not None else None


def _by_reference(connection: Connection, processes: Collection[str], text: str) -> tuple[Condition, bool]:
    """And whether those that it fits are few."""
    # SQLite folds A to Z alone: a word in other letters is also looked for as it may be written.
    spelled = {text} if text.isascii() else {text.lower(), text.upper()}
    begins = sa.or_(*(_begins(word, connection.dialect.name == "postgresql") for word in sorted(spelled)))
    where = (waiting, t.items.c.process.in_(sorted(processes)), begins)
    some = sa.select(sa.literal_column("1")).select_from(t.items).where(*where).limit(FEW + 1).subquery()
    if connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one() <= FEW:
        return begins, True
    return sa.or_(*(_same(word) for word in sorted(spelled))), False


def _begins(word: str, postgres: bool) -> Condition:
    """References that begin with a word, as a stretch of the index; nothing in it is a wildcard."""
    first = sa.func.lower(word[:FOLDED])
    if len(word) > FOLDED:
        return sa.and_(folded == first, _same(word))
    # In PostgreSQL these bind no looser than `||` does: the precedence brings the brackets.
    after, until = ("~>=~", "~<~") if postgres else (">=", "<")
    begins = folded.op(after, precedence=_BRACKETS, is_comparison=True)(first)
    ends = folded.op(until, precedence=_BRACKETS, is_comparison=True)(first.concat(_LAST))
    return sa.and_(begins, ends)


def _same(word: str) -> Condition:
    """The same, of one reference after the other."""
    return sa.func.lower(sa.func.substr(t.items.c.reference, 1, len(word))) == sa.func.lower(word)
