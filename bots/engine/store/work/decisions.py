"""Carrying out what a person decides about an item: one transaction, whatever the decision."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.brake import Let
from ...core.decision import Answers, Case, Change, Rule
from ...core.item import Ending, Intent, IntentStatus, State
from ...core.record import digest
from ..chain.entries import Tail, move, note, tail_of
from ..database import tables as t
from ..database.rows import columns, locked_item, work_item
from . import brake
from .corrections import keep as keep_version
from .corrections import told
from .leases import receipts_of
from .limits import agree
from .proofs import keep_word, open_intent_of, receipt_facts, shut
from .rules import check_seen, check_state, overtaken


@dataclass(frozen=True, kw_only=True)
class _Doing:
    """One decision about one item. `row`: the whole of it, held until the end."""

    connection: Connection
    now: float
    versions: Mapping[str, str]
    row: Row[Any]
    who: str
    why: str

    def told(self) -> dict[str, Any]:
        """What every row of its history says."""
        return {"at": self.now, "who": self.who, "why": self.why, "versions": self.versions}


def decide(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    item: str,
    rule: Rule,
    who: str,
    answers: Answers,
    seen: float | None,
    steps: Mapping[str, Sequence[tuple[str, str]]],
    second: Mapping[str, Collection[str]],
) -> None:
    """`steps`, `second`: by process, as the queue has them."""
    # Held from here on, so that a worker who looks at the same item waits or is waited for.
    row = locked_item(connection, item)
    check_seen(row.updated if row is not None else None, seen)
    check_state(item, State(row.state) if row is not None else None, rule.states, rule.verb)
    assert row is not None
    case = Case(
        item=work_item(row),
        who=who,
        now=now,
        receipts=receipts_of(connection, item),
        intent=open_intent_of(connection, item),
        story=_story(connection, item),
        steps=steps.get(row.process, ()),
        second=second.get(row.process, ()),
    )
    doing = _Doing(connection=connection, now=now, versions=versions, row=row, who=who, why=answers.why)
    _carry_out(doing, rule.apply(case, answers), case.intent)


def _story(connection: Connection, item: str) -> list[tuple[str, str | None, str, Mapping[str, Any]]]:
    h = t.history.c
    query = sa.select(h.who, h.before, h.after, h.detail).where(h.item == item).order_by(h.seq.desc())
    return [(row.who, row.before, row.after, row.detail) for row in connection.execute(query)]


def _carry_out(doing: _Doing, change: Change, intent: Intent | None) -> None:
    connection, now, row = doing.connection, doing.now, doing.row
    tail = _say(doing, change, intent)
    if change.closed:
        brake.closed(connection, now, row.id)
    if change.agreed:
        agree(connection, now, row.id, row.digest, doing.who, doing.why)
    if change.record is not None and row.digest == row.source_digest:
        # What the source said stays to be seen beside the correction.
        keep_version(connection, now, row.id, row.digest, row.data, row.batch)
    ending = change.ending
    if ending is not None and change.yields:
        ending = told(connection, row, ending)
    _move(doing, change, ending, tail)


def _say(doing: _Doing, change: Change, intent: Intent | None) -> Tail | None:
    """Write down what a person says of a save; the item itself is moved after it."""
    connection, now, row, closes = doing.connection, doing.now, doing.row, change.intent
    stood = brake.stood(connection, intent.system) if closes and intent else []
    kept, fresh = keep_word(connection, now, change.word) if change.word else (None, False)
    closed: dict[str, Any] = {}
    if closes and intent:
        why = change.word.reference if change.word else f"{doing.who}: {doing.why}"
        closed = shut(connection, now, row, intent.id, closes, why)
        how = Let.RIGHT if closes is IntentStatus.RECEIPTED else Let.ABSENT
        brake.settled(connection, now, stood, row.id, intent.system, intent.step, how)
    if kept is not None and (fresh or closed):
        facts = receipt_facts(row.salt, kept, None)
        return _note(doing, "receipt", {**facts, "proofs": facts["proofs"] | closed.get("proofs", {})})
    return _note(doing, closes.value, closed) if closes and closed else None


def _note(doing: _Doing, event: str, facts: Mapping[str, Any]) -> Tail:
    row = doing.row
    fields = {"before": row.state, "after": row.state, "attempt": row.attempts, "token": row.token}
    return note(doing.connection, tail_of(row), event=event, facts=facts, **fields, **doing.told())


def _move(doing: _Doing, change: Change, ending: Ending | None, tail: Tail | None) -> None:
    """Change the item itself, and append what its history is told of it."""
    row = doing.row
    detail = change.detail if change.detail is not None else ending.detail if ending else {}
    values: dict[str, Any] = {**columns(ending), "changed": False} if ending else {}
    if change.record is not None:
        record = dict(change.record)
        values |= {"data": record, "digest": digest(record), "version": row.version + 1}
    if change.not_before is not None:
        values["not_before"] = change.not_before
    if change.anew:
        values["attempts"] = 0
    code = ending.code if ending else row.code
    if not move(doing.connection, row, values, tail=tail, code=code, detail=detail, **doing.told()):
        raise overtaken()
