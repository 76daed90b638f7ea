"""What left of a commit, as rows of its item's chain: durable before its first byte leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.errors import LeaseLost
from ...core.item import Intent, Lease, State
from ...core.sent import Fate, Sent
from ..chain.entries import note, tail_of
from ..database import tables as t
from .leases import fence, open_intent
from .proofs import check_holds
from .rules import SETTLED

_OF = (Fate.LEFT.value, Fate.ANSWERED.value, Fate.CUT.value)
SAID = "said"
_SHAPE = ("intent", "number", "of", "method", "host", "path", "names", "size")
_WHY = {
    Fate.LEFT: "a request that saves leaves",
    Fate.ANSWERED: "it was answered",
    Fate.CUT: "its connection ended without an answer",
}


def leave(connection: Connection, now: float, versions: Mapping[str, str], lease: Lease, sent: Sent) -> None:
    """Raises LeaseLost, also when the intent's time is over, and Held."""
    row = fence(connection, now, lease)
    intent = open_intent(connection, row.id)
    if intent is None or intent.id != sent.intent or intent.deadline < now:
        raise LeaseLost("intent-closed", SETTLED)
    check_holds(connection, lease, intent.system)
    told = {name: getattr(sent, name) for name in _SHAPE} | {"names": list(sent.names)}
    _note(connection, now, versions, lease, row, Fate.LEFT.value, _WHY[Fate.LEFT], told)


def end(connection: Connection, now: float, versions: Mapping[str, str], lease: Lease, sent: Sent) -> None:
    row = fence(connection, now, lease)
    fate = Fate.CUT if sent.status is None else Fate.ANSWERED
    told = {"intent": sent.intent, "number": sent.number, "status": sent.status}
    _note(connection, now, versions, lease, row, fate.value, _WHY[fate], told)


def say(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    lease: Lease,
    intent: Intent,
    reference: str,
) -> None:
    """The target said that it saved it. Raises LeaseLost."""
    row = fence(connection, now, lease)
    told = {"intent": intent.id, "reference": reference}
    _note(connection, now, versions, lease, row, SAID, "the target says that it saved", told)


def said(connection: Connection, item: str, intent: str) -> str | None:
    """The reference that the target gave for this save."""
    query = sa.select(t.history.c.facts).where(t.history.c.item == item, t.history.c.event == SAID)
    told = [row.facts for row in connection.execute(query.order_by(t.history.c.seq))]
    return next((str(facts["reference"]) for facts in told if facts["intent"] == intent), None)


def _note(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    lease: Lease,
    row: Any,
    event: str,
    why: str,
    told: Mapping[str, Any],
) -> None:
    state = State.IN_PROGRESS.value
    note(
        connection,
        tail_of(row),
        at=now,
        who=lease.worker,
        before=state,
        after=state,
        why=why,
        attempt=row.attempts,
        token=lease.token,
        versions=versions,
        event=event,
        facts={**told, "proofs": {}},
    )


def sent(connection: Connection, item: str) -> list[Sent]:
    """All requests that left for an item, in their order."""
    query = sa.select(t.history.c.event, t.history.c.at, t.history.c.facts).where(
        t.history.c.item == item, t.history.c.event.in_(_OF)
    )
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for row in connection.execute(query.order_by(t.history.c.seq)):
        key = (row.facts["intent"], row.facts["number"])
        if row.event == Fate.LEFT.value:
            found[key] = {name: row.facts[name] for name in _SHAPE} | {"left": row.at}
        elif key in found:
            found[key] |= {"ended": row.at, "status": row.facts["status"]}
    return [Sent(**{**values, "names": tuple(values["names"])}) for values in found.values()]
