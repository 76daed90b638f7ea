"""The store's claims: which file is being read, by whom, and what of it is queued already.

A claim is a lease on a file's digest. Its reader renews it; a reader that is dead is followed by the next,
which goes on where the dead one stopped. Every write of a reader is fenced by its token, in the same
transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.claim import Claim, Opened, ReadMeanwhile, Taken
from ...core.errors import LeaseLost
from ...core.item import AddOutcome, NewItem
from ...core.queue import SameCase
from ...core.summary import TAKEN_OVER
from ..database import tables as t
from ..database.database import Clock, Database, database_clock
from . import intake

claims = sa.Table(
    "claims",
    t.metadata,
    sa.Column("process", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),  # SHA-256 of the file
    sa.Column("token", sa.Integer, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("since", sa.Double, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),
    sa.Column("kept", sa.Text, nullable=False),
    sa.Column("hand_ins", sa.JSON, nullable=False),  # by part: an e-mail has one for each attachment
    sa.Column("ended", sa.Double),
)
LOST = "Another reader has taken this file over. Nothing more of it was queued here."
BROKEN_OFF_ROW = "the rest of {batch}"
"""The reference of the item that stands for what of a hand-in could not be read."""


class StoreClaims:
    """Each method is one transaction."""

    def __init__(
        self, database: Database, versions: Mapping[str, str] | None = None, clock: Clock = database_clock
    ) -> None:
        self._database = database
        self._versions = dict(versions or {})
        self._clock = clock

    async def now(self) -> float:
        return await self._database.run(lambda c: self._clock(c))

    async def take(
        self,
        process: str,
        digest: str,
        *,
        holder: str,
        who: str,
        kept: str,
        seconds: float,
        waited_for: int | None = None,
    ) -> Claim | Taken | ReadMeanwhile:
        """`waited_for`: the token of the reader that was waited for; what that one read is not read again."""
        asked = {"holder": holder, "who": who, "kept": kept}
        return await self._database.run(
            lambda c: _take(c, self._clock(c), process, digest, asked, seconds, waited_for)
        )

    async def renew(self, claim: Claim, seconds: float) -> None:
        """Raises LeaseLost when another reader has taken over."""
        await self._database.run(lambda c: _renew(c, self._clock(c), claim, seconds))

    async def open_batch(
        self,
        claim: Claim,
        part: str,
        source: str,
        who: str,
        detail: Mapping[str, Any],
        begins: float | None = None,
    ) -> Opened:
        """The hand-in of a part of the file: a new one, or that of a reader that did not come to its end.
        `begins`: nothing new of it is keyed before."""
        return await self._database.run(
            lambda c: _open(c, self._clock(c), claim, part, source, who, detail, begins)
        )

    async def is_open(self, claim: Claim, part: str) -> bool:
        return await self._database.run(lambda c: part in _mine(c, claim).hand_ins)

    async def add(
        self, claim: Claim, batch: str, rows: Sequence[NewItem], same_case: SameCase
    ) -> list[AddOutcome]:
        """Queue rows as `Queue.add` does. Raises LeaseLost when another reader has taken over."""

        def work(connection: Connection) -> list[AddOutcome]:
            _mine(connection, claim)
            now = self._clock(connection)
            added = intake.add(connection, now, self._versions, claim.process, batch, rows, same_case)
            return [outcome for outcome, _ in added]

        return await self._database.run(work)

    async def end(self, claim: Claim) -> None:
        """The file is read: whoever hands it in from now on hands it in again."""
        await self._database.run(lambda c: _end(c, self._clock(c), claim))

    async def let_go(self, claim: Claim) -> None:
        """It is not read to its end, and the next may go on at once."""
        await self._database.run(lambda c: c.execute(_change(claim, expires=0.0)))

    async def forget(self, before: float) -> list[tuple[str, str]]:
        """What ended by then; and what nobody went on with and nothing was queued of: of these the process
        and the name of our copy."""
        return await self._database.run(lambda c: _forget(c, before))


def _this(claim: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        claims.c.process == claim.process,
        claims.c.digest == claim.digest,
        claims.c.token == claim.token,
        claims.c.ended.is_(None),
    )


def _change(claim: Claim, **values: Any) -> sa.Update:
    return sa.update(claims).where(*_this(claim)).values(**values)


def _mine(connection: Connection, claim: Claim) -> Row[Any]:
    """Hold the claim's row for this transaction. What ran out and was not taken over is still ours."""
    query = sa.select(claims).where(*_this(claim)).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise LeaseLost(TAKEN_OVER, LOST)
    return row


def _take(
    connection: Connection,
    now: float,
    process: str,
    digest: str,
    asked: Mapping[str, str],
    seconds: float,
    waited_for: int | None,
) -> Claim | Taken | ReadMeanwhile:
    intake.take_turns(connection, process)
    this = (claims.c.process == process, claims.c.digest == digest)
    row = connection.execute(sa.select(claims).where(*this).with_for_update()).one_or_none()
    if row is not None and _is_read(row, now, seconds):
        return Taken(holder=row.holder, who=row.who, since=row.since, token=row.token)
    if row is not None and row.ended is not None and row.token == waited_for:
        return ReadMeanwhile(who=row.who, hand_ins=list(row.hand_ins.values()))
    token = row.token + 1 if row is not None else 1
    values = {**asked, "token": token, "since": now, "expires": now + seconds, "ended": None}
    if row is None:
        new = {"process": process, "digest": digest, "hand_ins": {}}
        connection.execute(sa.insert(claims).values(**new, **values))
    else:
        anew = {"hand_ins": {}} if row.ended is not None else {"kept": row.kept}
        connection.execute(sa.update(claims).where(*this).values({**values, **anew}))
        values |= anew
    return Claim(process=process, digest=digest, token=token, kept=str(values["kept"]))


def _is_read(row: Row[Any], now: float, seconds: float) -> bool:
    """A claim that ends later than it was taken for is of a clock that was set back: it is over as well."""
    return row.ended is None and now < row.expires <= now + 2 * seconds


def _renew(connection: Connection, now: float, claim: Claim, seconds: float) -> None:
    if connection.execute(_change(claim, expires=now + seconds)).rowcount != 1:
        raise LeaseLost(TAKEN_OVER, LOST)


def _open(
    connection: Connection,
    now: float,
    claim: Claim,
    part: str,
    source: str,
    who: str,
    detail: Mapping[str, Any],
    begins: float | None,
) -> Opened:
    row = _mine(connection, claim)
    if part in row.hand_ins:
        batch = row.hand_ins[part]
        return Opened(batch=batch, outcomes=_outcomes(connection, batch))
    batch = intake.open_batch(connection, now, claim.process, source, who, detail)
    if begins is not None:
        intake.begin(connection, now, batch, begins, who, seen=None)
    connection.execute(_change(claim, hand_ins={**row.hand_ins, part: batch}))
    return Opened(batch=batch)


def _outcomes(connection: Connection, batch: str) -> list[AddOutcome]:
    """Of the source's own rows: what stands for the rest of it is none of them."""
    rest = BROKEN_OFF_ROW.format(batch=batch)
    rows = t.source_rows.join(t.items, t.items.c.id == t.source_rows.c.item)
    query = sa.select(t.source_rows.c.outcome).select_from(rows)
    query = query.where(t.source_rows.c.batch == batch, t.items.c.reference != rest)
    return [AddOutcome(one) for one in connection.execute(query.order_by(t.source_rows.c.row)).scalars()]


def _end(connection: Connection, now: float, claim: Claim) -> None:
    this = _this(claim)
    row = connection.execute(sa.select(claims.c.hand_ins).where(*this)).one_or_none()
    if row is not None and row.hand_ins:
        connection.execute(_change(claim, ended=now))
    elif row is not None:  # refused: there is nothing to tell whoever waits
        connection.execute(sa.delete(claims).where(*this))


def _forget(connection: Connection, before: float) -> list[tuple[str, str]]:
    connection.execute(sa.delete(claims).where(claims.c.ended < before))
    given_up = sa.select(claims).where(claims.c.ended.is_(None), claims.c.expires < before)
    found = []
    for row in connection.execute(given_up.where(claims.c.since < before).with_for_update()).all():
        if not row.hand_ins:
            this = (claims.c.process == row.process, claims.c.digest == row.digest)
            connection.execute(sa.delete(claims).where(*this))
            found.append((row.process, row.kept))
    return found
