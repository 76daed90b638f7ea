"""Transactions that people decide: retry, defer, withdraw, and what became of an item in doubt."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.brake import Let
from ...core.item import Ending, IntentStatus, State
from ...core.record import digest
from ..chain.entries import Tail, move, note, tail_of
from ..database import tables as t
from ..database.rows import columns, locked_item
from ..database.rows import intent as read_intent
from . import brake
from .corrections import keep as keep_version
from .corrections import told
from .leases import open_intent, receipts_of
from .limits import agree
from .proofs import keep_word, receipt_facts, shut
from .rules import (
    DECLINED,
    back_to_source,
    changed_fields,
    check_correction,
    check_decision,
    check_reference,
    check_second_person,
    check_seen,
    check_state,
    on_a_persons_word,
    overtaken,
    sent_back,
    step_by_hand,
    unagreed,
)

_NEW = Ending(state=State.NEW)


def retry(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    item: str,
    who: str,
    why: str,
    data: Mapping[str, Any] | None,
    seen: float | None,
    second: Mapping[str, Collection[str]],
) -> None:
    """`second`: by process, the fields of which a correction wants a second person."""
    row = _known(connection, item, seen, State.EXCEPTION, verb="retried")
    change: dict[str, Any] = {"attempts": 0, "not_before": 0.0}
    wanted, waits = _unagreed(connection, row, second)
    if data is None or digest(data) == row.digest:
        ending = sent_back(waits, wanted)
        _move(connection, now, versions, row, ending, who, why, history_detail={}, **change)
        return
    check_correction(receipts_of(connection, item))
    if row.digest == row.source_digest:  # what the source said stays to be seen beside the correction
        keep_version(connection, now, item, row.digest, row.data, row.batch)
    corrected = changed_fields(row.data, data)
    change |= {"data": dict(data), "digest": digest(data), "version": row.version + 1}
    ending, told_of = sent_back(sorted({*corrected, *waits}), wanted), {"corrected": corrected}
    _move(connection, now, versions, row, ending, who, why, history_detail=told_of, **change)


def defer(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    item: str,
    who: str,
    why: str,
    seconds: float,
    seen: float | None,
    second: Mapping[str, Collection[str]],
) -> None:
    row = _known(connection, item, seen, State.NEW, State.EXCEPTION, verb="deferred")
    wanted, waits = _unagreed(connection, row, second)
    change: dict[str, Any] = {"not_before": now + seconds, "attempts": 0}
    _move(connection, now, versions, row, sent_back(waits, wanted), who, why, history_detail={}, **change)


def withdraw(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    item: str,
    who: str,
    why: str,
    steps: Mapping[str, Sequence[tuple[str, str]]],
    reference: str | None,
    seen: float | None,
) -> None:
    """Close an item; `reference` is what a person keyed by hand, for the first step without a receipt."""
    check_reference(reference)
    row = _known(
        connection, item, seen, State.NEW, State.EXCEPTION, State.AWAITING_APPROVAL, verb="withdrawn"
    )
    tail = None
    if reference:
        step, system = step_by_hand(steps.get(row.process, ()), receipts_of(connection, item))
        kept, fresh = keep_word(connection, now, on_a_persons_word(item, step, system, reference))
        told_of = receipt_facts(row.salt, kept, None)
        tail = _tell(connection, now, versions, row, who, why, "receipt", told_of) if fresh else None
    detail = {"reference": reference} if reference else {}
    ending = Ending(state=State.WITHDRAWN)
    brake.closed(connection, now, item)
    _move(connection, now, versions, row, ending, who, why, tail, history_detail=detail)


def send_back(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    item: str,
    who: str,
    why: str,
    seen: float | None,
) -> None:
    states = (State.NEW, State.EXCEPTION, State.AWAITING_APPROVAL)
    row = _known(connection, item, seen, *states, verb="sent back")
    ending = back_to_source(why, receipts_of(connection, item))
    brake.closed(connection, now, item)
    _move(connection, now, versions, row, ending, who, why)


def decide(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    item: str,
    who: str,
    why: str,
    reference: str | None,
    seen: float | None,
) -> None:
    row = _known(connection, item, seen, State.IN_DOUBT, verb="decided")
    found = open_intent(connection, item)
    intent = check_decision(read_intent(found) if found is not None else None, reference, now)
    stood = brake.stood(connection, intent.system)
    if reference is None:
        event, told_of = "absent", shut(connection, now, row, intent.id, IntentStatus.ABSENT, f"{who}: {why}")
    else:
        word = on_a_persons_word(item, intent.step, intent.system, reference, intent.id)
        kept, _ = keep_word(connection, now, word)
        closed = shut(connection, now, row, intent.id, IntentStatus.RECEIPTED, reference)
        event, told_of = "receipt", receipt_facts(row.salt, kept, None)
        told_of["proofs"] |= closed["proofs"]
    how = Let.ABSENT if reference is None else Let.RIGHT
    brake.settled(connection, now, stood, item, intent.system, intent.step, how)
    tail = _tell(connection, now, versions, row, who, why, event, told_of)
    # New, also when every step now has its receipt: the next worker verifies it and ends it as done.
    ending = told(connection, row, _NEW)
    _move(connection, now, versions, row, ending, who, why, tail, not_before=0.0, attempts=0)


def look_again(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    item: str,
    who: str,
    why: str,
    seen: float | None,
) -> None:
    """The item stays in doubt, with its reason, and is due at once."""
    row = _known(connection, item, seen, State.IN_DOUBT, verb="looked up again")
    done = move(
        connection,
        row,
        {"not_before": 0.0},
        at=now,
        who=who,
        why=why,
        code=row.code,
        versions=versions,
        detail={},
    )
    if not done:
        raise overtaken()


def approve(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    item: str,
    who: str,
    why: str,
    seen: float | None,
    second: Mapping[str, Collection[str]],
) -> None:
    """A person agrees to an item with the data that it has now."""
    row = _known(connection, item, seen, State.AWAITING_APPROVAL, verb="approved")
    check_second_person(who, _story(connection, item), second.get(row.process, ()))
    agree(connection, now, item, row.digest, who, why)
    _move(connection, now, versions, row, _NEW, who, why, not_before=0.0, attempts=0)


def decline(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    item: str,
    who: str,
    why: str,
    seen: float | None,
) -> None:
    row = _known(connection, item, seen, State.AWAITING_APPROVAL, verb="declined")
    _move(connection, now, versions, row, DECLINED, who, why)


def _unagreed(
    connection: Connection, row: Row[Any], second: Mapping[str, Collection[str]]
) -> tuple[Collection[str], list[str]]:
    """The fields that want a second person, and those of them that wait for one."""
    wanted = second.get(row.process, ())
    return wanted, sorted(unagreed(_story(connection, row.id), wanted))


def _story(connection: Connection, item: str) -> list[tuple[str, str | None, str, Mapping[str, Any]]]:
    h = t.history.c
    query = sa.select(h.who, h.before, h.after, h.detail).where(h.item == item).order_by(h.seq.desc())
    return [(row.who, row.before, row.after, row.detail) for row in connection.execute(query)]


def _known(connection: Connection, item: str, seen: float | None, *states: State, verb: str) -> Row[Any]:
    # Held from here on, so that a worker who looks at the same item waits or is waited for.
    row = locked_item(connection, item)
    check_seen(row.updated if row is not None else None, seen)
    check_state(item, State(row.state) if row is not None else None, states, verb)
    assert row is not None
    return row


def _tell(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    row: Row[Any],
    who: str,
    why: str,
    event: str,
    told_of: Mapping[str, Any],
) -> Tail:
    """Append what a person says of a commit; the item itself is moved after it."""
    return note(
        connection,
        tail_of(row),
        at=now,
        who=who,
        before=row.state,
        after=row.state,
        why=why,
        attempt=row.attempts,
        token=row.token,
        versions=versions,
        event=event,
        facts=told_of,
    )


def _move(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    row: Row[Any],
    ending: Ending,
    who: str,
    why: str,
    tail: Tail | None = None,
    history_detail: Mapping[str, Any] | None = None,
    **change: Any,
) -> None:
    done = move(
        connection,
        row,
        {**columns(ending), "changed": False, **change},
        tail=tail,
        at=now,
        who=who,
        why=why,
        code=ending.code,
        versions=versions,
        detail=ending.detail if history_detail is None else history_detail,
    )
    if not done:
        raise overtaken()
