"""Rekey without one of its guards, to see that a chaos run notices. Only ever inside a worker of such a run.

Each of these takes out one guard and nothing else: the code that remains is the code that ships.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bots.engine.core.absence import Absence, Witness
from bots.engine.core.item import Intent, IntentStatus, State
from bots.engine.keying import protocol, proving
from bots.engine.keying.absences import Absences
from bots.engine.keying.task import Doubt
from bots.engine.screens import session
from bots.engine.store.database import tables as t
from bots.engine.store.database.rows import new_id
from bots.engine.store.work import proofs
from bots.engine.store.work import queue as sql
from tests.chaos.schedule import SYSTEMS_KEYED
from tests.town import edit_map


def intent() -> None:
    """The commit is made without a durable note that it may have been."""

    async def intend(self: Any, lease: Any, *, window: float, settle: float, **given: Any) -> Intent:
        now = await self.now()
        kept = {name: value for name, value in given.items() if name not in ("pence", "at_risk")}
        written = {**kept, "seen": tuple(given["seen"]), "item": lease.item.id, "token": lease.token}
        return Intent(
            id=new_id("intent"),
            recorded=now,
            deadline=now + window,
            resolvable=now + window + settle,
            status=IntentStatus.OPEN,
            **written,
        )

    async def close(self: Any, *_: Any) -> None:
        return None

    real = sql.SqlQueue.record_receipt

    async def receipt(self: Any, lease: Any, proof: Any, _intent: Any) -> Any:
        return await real(self, lease, proof, None)

    end = sql.SqlQueue.finish

    async def finish(self: Any, lease: Any, ending: Any, steps: Any) -> Any:
        # Without a note nothing can be in doubt: what did not come to its end is tried again.
        doubtful = ending.state is State.IN_DOUBT
        return await end(self, lease, replace(ending, state=State.NEW) if doubtful else ending, steps)

    _set(sql.SqlQueue, intend=intend, close_intent=close, record_receipt=receipt, finish=finish)
    _no_ledger()


def fencing() -> None:
    """The intent does not ask whether the lease is still ours, and nobody stops a worker that lost it."""
    ours = {name: sa.bindparam(name) for name in ("item", "mine", "mark", "until", "at", "b_step")}
    unasked = sa.or_(*(sa.literal(True), *(sa.cast(ours[n], sa.Text) == "" for n in ("mark", "b_step"))))
    never = sa.or_(sa.cast(ours["mine"], sa.Integer) == -1, sa.cast(ours["until"], sa.Float) == -1.0)
    lax = sa.update(t.items).where(t.items.c.id == ours["item"], sa.or_(unasked, never))

    async def extend(self: Any, lease: Any, _seconds: float) -> Any:
        return lease

    proofs._FENCED = lax.values(updated=ours["at"]).returning(*proofs.SHOWN)
    _set(sql.SqlQueue, extend=extend)
    _no_ledger()


def deadline() -> None:
    """A commit may be fired, and sent, however late."""
    real = session.commit.fire

    async def fire(hands: Any, action: str, permit: Any) -> Any:
        return await real(hands, action, replace(permit, deadline=9e9, monotonic_deadline=9e9))

    _set(session.commit, fire=fire)
    _no_ledger()


def _no_ledger() -> None:
    """What leaves is not written down first: that asks for intent, lease and time once more."""

    async def nothing(*_: Any) -> None:
        return None

    _set(sql.SqlQueue, note_left=nothing, note_ended=nothing)


def look_first() -> None:
    async def see_nothing(*_: Any) -> tuple[()]:
        return ()

    _set(protocol.Keying, _look=see_nothing)


def read_back() -> None:
    _set(session, check_read_back=lambda *_: None)
    for part in (protocol, proving):
        _set(part, differences=lambda *_: [])


def proof_of_absence() -> None:
    """An empty search is believed."""

    async def believe(_: Absences, doubt: Doubt) -> Absence:
        intent = doubt.intent
        return Absence(
            step=intent.step,
            key=intent.digest,
            scope="",
            counted=0,
            asked=intent.settled,
            witness=Witness.LIST,
        )

    _set(Absences, prove=believe)


def unique_receipts() -> None:
    """One entry of a target may be the proof of any number of items."""

    async def nobody(*_: Any) -> None:
        return None

    _set(sql.SqlQueue, owner=nobody)


WITHOUT: dict[str, Callable[[], None]] = {
    "intent": intent,
    "fencing": fencing,
    "deadline": deadline,
    "send-once": lambda: None,  # a word in the screen maps: see `prepare`
    "look-first": look_first,
    "read-back": read_back,
    "proof-of-absence": proof_of_absence,
    "unique-receipts": unique_receipts,
}


def prepare(guard: str, root: Path) -> None:
    """What is taken out of the run's own screen maps."""
    if guard == "send-once":
        for system in SYSTEMS_KEYED:
            edit_map(root, f"{system}/system.yaml", "sessions:", "gate: no\nsessions:")


async def undo_unique(queue: sql.SqlQueue) -> None:
    """Without the store's own word on unique receipts."""

    def drop(connection: Any) -> None:
        found = [
            each["name"]
            for each in sa.inspect(connection).get_unique_constraints("receipts")
            if each["column_names"] == ["system", "step", "reference"]
        ]
        if connection.dialect.name == "postgresql":
            for name in found:
                connection.execute(sa.text(f'ALTER TABLE receipts DROP CONSTRAINT "{name}"'))
            return
        _copy_without_unique(connection)

    await queue._database.run(drop)


def _copy_without_unique(connection: Any) -> None:
    """SQLite drops no constraint: the table is made again without it."""
    columns = ", ".join(f'"{column.name}"' for column in t.receipts.columns)
    text = connection.execute(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'receipts'")
    ).scalar_one()
    kept = [line for line in text.splitlines() if "UNIQUE" not in line]
    assert len(kept) < len(text.splitlines()), "the table has a line with its unique constraint"
    bare = "\n".join(kept).replace(",\n)", "\n)")
    connection.execute(sa.text("ALTER TABLE receipts RENAME TO receipts_with"))
    connection.execute(sa.text(bare))
    connection.execute(sa.text(f"INSERT INTO receipts ({columns}) SELECT {columns} FROM receipts_with"))
    connection.execute(sa.text("DROP TABLE receipts_with"))


def _set(place: Any, **names: Any) -> None:
    for name, value in names.items():
        assert hasattr(place, name), f"{place} has no {name} any more"
        setattr(place, name, value)
