"""Transactions that people decide: retry, defer, withdraw, and what became of an item in doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ..core.errors import BusinessException
from ..core.item import Ending, IntentStatus, Receipt, State
from ..core.record import digest
from . import tables as t
from .corrections import told
from .leases import open_intent, receipts_of
from .proofs import keep, shut
from .rows import columns, locked_item, note

_NEW = Ending(state=State.NEW)


def retry(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    item: str,
    who: str,
    why: str,
    data: Mapping[str, Any] | None,
) -> None:
    row = _known(connection, item, State.EXCEPTION, verb="retried")
    change: dict[str, Any] = {"attempts": 0, "not_before": 0.0}
    if data is not None and digest(data) != row.digest:
        if receipts_of(connection, item):
            raise _no(
                "part-done", "Part of this item is in a target already: a correction is a person's job there."
            )
        change |= {"data": dict(data), "digest": digest(data), "version": row.version + 1}
    _move(connection, now, versions, row, _NEW, who, why, **change)


def defer(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    item: str,
    who: str,
    why: str,
    seconds: float,
) -> None:
    row = _known(connection, item, State.NEW, State.EXCEPTION, verb="deferred")
    _move(connection, now, versions, row, _NEW, who, why, not_before=now + seconds, attempts=0)


def withdraw(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    item: str,
    who: str,
    why: str,
    steps: Mapping[str, Sequence[tuple[str, str]]],
    reference: str | None,
) -> None:
    """Close an item; `reference` is what a person keyed by hand, for the first step without a receipt."""
    row = _known(connection, item, State.NEW, State.EXCEPTION, State.AWAITING_APPROVAL, verb="withdrawn")
    if reference:
        have = receipts_of(connection, item)
        left = [pair for pair in steps.get(row.process, ()) if pair[0] not in have]
        if not left:
            raise _no("nothing-left", "Every step of this item has its receipt already.")
        name, system = left[0]
        keep(
            connection,
            now,
            Receipt(item=item, step=name, system=system, reference=reference, values={}, adopted=True),
        )
    detail = {"reference": reference} if reference else {}
    ending = Ending(state=State.WITHDRAWN)
    _move(connection, now, versions, row, ending, who, why, history_detail=detail)


def decide(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    item: str,
    who: str,
    why: str,
    reference: str | None,
) -> None:
    row = _known(connection, item, State.IN_DOUBT, verb="decided")
    if reference is not None and not reference.strip():
        raise _no("no-reference", "Give the target's reference, or say that it is not there.")
    intent = open_intent(connection, item)
    if intent is None:
        raise _no("no-open-intent", "Nothing is in doubt about this item.")
    if intent.resolvable > now:
        raise _no("too-early", "The change could still arrive in the target. Look again in a minute.")
    if reference is None:
        shut(connection, now, item, intent.id, IntentStatus.ABSENT, f"{who}: {why}")
    else:
        found = Receipt(
            item=item,
            step=intent.step,
            system=intent.system,
            reference=reference,
            values={},
            adopted=True,
            intent=intent.id,
        )
        keep(connection, now, found)
        shut(connection, now, item, intent.id, IntentStatus.RECEIPTED, reference)
    # New, also when every step now has its receipt: the next worker verifies it and ends it as done.
    ending = told(connection, row, _NEW) if row.changed else _NEW
    _move(connection, now, versions, row, ending, who, why, not_before=0.0, attempts=0)


def _known(connection: Connection, item: str, *states: State, verb: str) -> Row[Any]:
    # Held from here on, so that a worker who looks at the same item waits or is waited for.
    row = locked_item(connection, item)
    if row is None:
        raise _no("unknown-item", f"There is no item {item}.")
    if State(row.state) not in states:
        hint = " Decide first whether it was saved." if row.state == State.IN_DOUBT else ""
        raise _no("wrong-state", f"Item {item} is {row.state.replace('_', ' ')} and cannot be {verb}.{hint}")
    return row


def _no(code: str, sentence: str) -> BusinessException:
    return BusinessException(code, sentence)


def _move(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    row: Row[Any],
    ending: Ending,
    who: str,
    why: str,
    history_detail: Mapping[str, Any] | None = None,
    **change: Any,
) -> None:
    done = connection.execute(
        sa.update(t.items)
        .where(t.items.c.id == row.id, t.items.c.token == row.token, t.items.c.state == row.state)
        .values(**columns(ending), changed=False, updated=now, **change)
    )
    if done.rowcount != 1:
        raise _no("changed-meanwhile", "Someone else changed this item just now. Look at it again.")
    note(
        connection,
        item=row.id,
        at=now,
        who=who,
        before=row.state,
        after=ending.state,
        why=why,
        code=ending.code,
        attempt=row.attempts,
        token=row.token,
        versions=versions,
        detail=history_detail or ending.detail,
    )
