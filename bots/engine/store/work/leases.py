"""Transactions of work: taking items, holding them, ending a lease. Every write is fenced by the token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.errors import LeaseLost
from ...core.item import Ending, IntentStatus, Lease, Receipt, State
from ...core.sent import Fate
from ..chain import digests
from ..chain.entries import TAIL, append, linked, move, note, tail_of
from ..chain.facts import forget_writer
from ..database import tables as t
from ..database.bulk import marked
from ..database.database import to_json
from ..database.rows import DETAIL_TEXT, TEXTS, columns, one_item, work_item
from ..database.rows import intent as read_intent
from ..database.rows import receipt as read_receipt
from . import brake
from .corrections import told
from .rules import LOST, SLACK, check_done, left_behind, true_ending

_RUN_OUT = (
    sa.select(t.items, *TEXTS)
    .where(
        t.items.c.process == sa.bindparam("process"),
        t.items.c.state == State.IN_PROGRESS.value,
        # Also one that ends later than it ever could: the clock was set back, and nobody may hold an item
        # for longer than he asked for.
        sa.or_(
            t.items.c.lease_expires <= sa.bindparam("now"),
            t.items.c.lease_expires > sa.bindparam("now") + t.items.c.lease_seconds + SLACK,
        ),
    )
    .with_for_update(skip_locked=True)
)
# Of the hand-ins, which are few: asked once, not for each item.
_NOT_BEGUN = sa.select(t.batches.c.id).where(t.batches.c.begins > sa.bindparam("now"))
_NEXT = (
    sa.select(t.items.c.id)
    .where(
        t.items.c.process == sa.bindparam("of"),
        t.items.c.state == State.NEW.value,
        t.items.c.not_before <= sa.bindparam("now"),
        t.items.c.batch.not_in(_NOT_BEGUN),
    )
    .order_by(t.items.c.priority.desc(), t.items.c.due, t.items.c.created, t.items.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_NEXT_IN_DOUBT = (
    sa.select(t.items.c.id)
    .select_from(t.items.join(t.intents, sa.and_(t.intents.c.item == t.items.c.id, t.open_intents)))
    .where(
        t.items.c.process == sa.bindparam("of"),
        t.items.c.state == State.IN_DOUBT.value,
        t.items.c.not_before <= sa.bindparam("now"),
        t.settled <= sa.bindparam("now"),
    )
    .order_by(t.intents.c.recorded, t.items.c.created)
    .limit(1)
    .with_for_update(skip_locked=True, of=t.items)
)


def _taking(which: sa.Select[tuple[str]]) -> Any:
    """Find an item and lease it in one statement."""
    one = which.correlate(None).scalar_subquery()
    change = {
        "state": State.IN_PROGRESS.value,
        "token": t.items.c.token + 1,
        "attempts": t.items.c.attempts + 1,
        "worker": sa.bindparam("by"),
        "lease_expires": sa.bindparam("until"),
        "lease_seconds": sa.bindparam("asked"),
        "updated": sa.bindparam("now"),
    }
    return sa.update(t.items).where(t.items.c.id == one).values(change).returning(t.items, DETAIL_TEXT)


_TAKE, _TAKE_IN_DOUBT = _taking(_NEXT), _taking(_NEXT_IN_DOUBT)
_MINE = (
    t.items.c.id == sa.bindparam("item"),
    t.items.c.token == sa.bindparam("mine"),
    t.items.c.state == State.IN_PROGRESS.value,
    t.items.c.lease_expires > sa.bindparam("at"),
)
_EXTEND = (
    sa.update(t.items)
    .where(*_MINE)
    .values(lease_expires=sa.bindparam("until"), lease_seconds=sa.bindparam("asked"))
)
_FENCE = (
    sa.select(
        t.items.c.id,
        t.items.c.state,
        t.items.c.attempts,
        t.items.c.token,
        t.items.c.changed,
        t.items.c.source_digest,
        *TAIL,
    )
    .where(*_MINE)
    .with_for_update()
)
_OPEN_INTENT = sa.select(t.intents).where(t.intents.c.item == sa.bindparam("item"), t.open_intents)
_REFUSED = sa.select(t.intents.c.id, t.intents.c.why).where(
    t.intents.c.item == sa.bindparam("item"),
    t.intents.c.token == sa.bindparam("token"),
    t.intents.c.status == IntentStatus.REFUSED.value,
)
_LEFT = sa.select(t.history.c.facts).where(
    t.history.c.item == sa.bindparam("item"),
    t.history.c.token == sa.bindparam("token"),
    t.history.c.event == Fate.LEFT.value,
)
# One question in place of two: the step of each receipt, and a NULL for an open intent.
_STANDING = sa.union_all(
    sa.select(t.receipts.c.step).where(t.receipts.c.item == sa.bindparam("item")),
    sa.select(sa.null()).where(t.intents.c.item == sa.bindparam("item"), t.open_intents),
)
_RECEIPTS = sa.select(t.receipts).where(t.receipts.c.item == sa.bindparam("item"))
_ENDED = (
    "state",
    "kind",
    "code",
    "sentence",
    "detail",
    "attempts",
    "not_before",
    "changed",
    "entries",
    "head",
)
_END = (
    f"UPDATE items SET {', '.join(f'{name} = {{}}' for name in (*_ENDED, 'updated'))}, "
    "worker = NULL, lease_expires = NULL WHERE id = {}"
)


def fence(connection: Connection, now: float, lease: Lease) -> Row[Any]:
    """Hold the item's row for this transaction, or raise LeaseLost. What is read after it stays true."""
    row = connection.execute(_FENCE, {"item": lease.item.id, "mine": lease.token, "at": now}).one_or_none()
    if row is None:
        raise LeaseLost("lease-lost", LOST)
    return row


def expire(connection: Connection, now: float, versions: Mapping[str, str], process: str) -> int:
    stale = connection.execute(_RUN_OUT, {"process": process, "now": now}).all()
    for row in stale:
        _run_out(connection, now, versions, row)
    return len(stale)


def _run_out(connection: Connection, now: float, versions: Mapping[str, str], row: Row[Any]) -> None:
    doubtful = open_intent(connection, row.id) is not None
    ending = Ending(state=State.IN_DOUBT)
    if not doubtful:
        ending = told(connection, row, left_behind(_refusal_in(connection, row.id, row.token)))
    change = {
        **columns(ending),
        "changed": row.changed and doubtful,
        "worker": None,
        "lease_expires": None,
        "token": row.token + 1,  # whoever held it can write nothing more
        "not_before": 0.0,
    }
    move(
        connection,
        row,
        change,
        at=now,
        who="store",
        why="the lease ran out with an open intent" if doubtful else "the lease ran out",
        code="lease-ran-out",
        versions=versions,
        detail={**ending.detail, "worker": row.worker},
    )


def _refusal_in(connection: Connection, item: str, token: int) -> str | None:
    """Why the target refused what left under this lease; None: nothing was refused that had left."""
    mine = {"item": item, "token": token}
    refused = {row.id: row.why for row in connection.execute(_REFUSED, mine)}
    left = {row.facts["intent"] for row in connection.execute(_LEFT, mine)} if refused else set()
    return next((why for intent, why in refused.items() if intent in left), None)


def take(
    connection: Connection, now: float, versions: Mapping[str, str], process: str, worker: str, seconds: float
) -> Lease | None:
    expire(connection, now, versions, process)
    row = connection.execute(
        _TAKE, {"of": process, "now": now, "by": worker, "until": now + seconds, "asked": seconds}
    ).one_or_none()
    if row is None:
        return None
    _note_taken(connection, now, versions, row, State.NEW.value, "taken")
    return _lease(connection, row, None)


def take_in_doubt(
    connection: Connection, now: float, versions: Mapping[str, str], process: str, worker: str, seconds: float
) -> Lease | None:
    expire(connection, now, versions, process)
    row = connection.execute(
        _TAKE_IN_DOUBT, {"of": process, "now": now, "by": worker, "until": now + seconds, "asked": seconds}
    ).one_or_none()
    if row is None:
        return None
    why = "taken to find out whether it was saved"
    _note_taken(connection, now, versions, row, State.IN_DOUBT.value, why)
    return _lease(connection, row, open_intent(connection, row.id))


def _note_taken(
    connection: Connection, now: float, versions: Mapping[str, str], row: Row[Any], before: str, why: str
) -> None:
    standing = {name: getattr(row, name) for name in digests.STANDING} | {"detail": row.detail_text}
    note(
        connection,
        tail_of(row),
        at=now,
        who=row.worker,
        before=before,
        after=State.IN_PROGRESS.value,
        why=why,
        attempt=row.attempts,
        token=row.token,
        versions=versions,
        image=digests.image(row.content, digests.values(digests.STANDING, standing)),
    )


def _lease(connection: Connection, row: Row[Any], found: Row[Any] | None) -> Lease:
    return Lease(
        item=work_item(row),
        worker=row.worker,
        token=row.token,
        expires=row.lease_expires,
        receipts=receipts_of(connection, row.id),
        intent=read_intent(found) if found is not None else None,
    )


def extend(connection: Connection, now: float, lease: Lease, seconds: float) -> Lease:
    done = connection.execute(
        _EXTEND,
        {
            "item": lease.item.id,
            "mine": lease.token,
            "at": now,
            "until": now + seconds,
            "asked": seconds,
        },
    )
    if done.rowcount != 1:
        raise LeaseLost("lease-lost", LOST)
    return replace(lease, expires=now + seconds)


def open_intent(connection: Connection, item: str) -> Row[Any] | None:
    return connection.execute(_OPEN_INTENT, {"item": item}).one_or_none()


def receipts_of(connection: Connection, item: str) -> dict[str, Receipt]:
    return {row.step: read_receipt(row) for row in connection.execute(_RECEIPTS, {"item": item})}


def finish(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    lease: Lease,
    ending: Ending,
    steps: Sequence[str],
    users: Mapping[str, Sequence[tuple[str, str]]],
) -> State:
    """`users`: by process, the (step, system) pairs that it uses."""
    row = fence(connection, now, lease)
    standing = set(connection.execute(_STANDING, {"item": row.id}).scalars())
    doubtful = None in standing
    ending = true_ending(row.id, ending, doubtful)
    if ending.state is State.DONE:
        check_done(row.id, steps, standing)
    ending = brake.ended(connection, now, lease.worker, row.id, lease.item.process, ending, users)
    if row.changed and not doubtful:
        ending = told(connection, _whole(connection, row.id), ending)
    facts = forget_writer(connection, row.id, row.salt) if ending.writer_closed and doubtful else None
    _end(connection, now, versions, lease, row, ending, facts)
    return ending.state


def _end(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    lease: Lease,
    row: Row[Any],
    ending: Ending,
    facts: Mapping[str, Any] | None,
) -> None:
    change = {
        **columns(ending),
        "detail": to_json(dict(ending.detail)),
        "attempts": row.attempts - (0 if ending.count_attempt else 1),
        "not_before": now + ending.delay if ending.delay else 0.0,
        "changed": row.changed and ending.state is State.IN_DOUBT,
    }
    standing = {**change, "token": row.token, "worker": None, "source_digest": row.source_digest}
    entry = linked(
        tail_of(row),
        at=now,
        who=lease.worker,
        before=row.state,
        after=ending.state.value,
        why=ending.sentence or ending.state.value,
        code=ending.code,
        attempt=row.attempts,
        token=lease.token,
        versions=versions,
        detail=ending.detail,
        facts=facts,
        image=digests.image(row.content, digests.values(digests.STANDING, standing)),
    )
    change |= {"entries": entry["seq"], "head": entry["hash"]}
    written = (*(change[name] for name in _ENDED), now, row.id)
    connection.exec_driver_sql(marked(_END, len(written), connection.dialect.paramstyle), written)
    append(connection, entry)


def _whole(connection: Connection, item: str) -> Row[Any]:
    row = one_item(connection, item)
    assert row is not None
    return row
