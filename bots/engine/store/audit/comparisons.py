"""The store's latest comparison of each process, and what of its findings people have seen to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.comparison import Comparison, Finding, SeenTo
from ...core.summary import Difference, Reconciliation, Why
from ..database import tables as t
from ..database.bulk import write_once
from ..database.database import Clock, Database, database_clock
from ..work.operations_log import note
from ..work.rules import no

MOST = 500
"""Findings that are listed; with more of them both sides are not each other's."""

comparisons = sa.Table(
    "comparisons",
    t.metadata,
    sa.Column("process", sa.Text, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("source", sa.Integer, nullable=False),
    sa.Column("in_target", sa.Integer, nullable=False),
    sa.Column("findings", sa.JSON, nullable=False),
    sa.Column("more", sa.Integer, nullable=False),
)

seen_findings = sa.Table(
    "seen_findings",
    t.metadata,
    sa.Column("process", sa.Text, primary_key=True),
    sa.Column("finding", sa.Text, primary_key=True),
    sa.Column("item", sa.Text),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)


class StoreComparisons:
    """Each method is one transaction."""

    def __init__(self, database: Database, clock: Clock = database_clock) -> None:
        self._database = database
        self._clock = clock

    async def now(self) -> float:
        """The store's own clock."""
        return await self._database.run(self._clock)

    async def keep(self, found: Reconciliation, began: float) -> None:
        """In place of the one before. Who saw to what is not found any more is forgotten: found again, it
        would be another finding. `began`: by the store's clock; one that began later stays."""
        await self._database.run(lambda c: _keep(c, began, found))

    async def latest(self, processes: Sequence[str]) -> list[Comparison]:
        """Of those that were ever compared, by name."""
        return await self._database.run(lambda c: latest(c, processes))

    async def see_to(self, process: str, finding: str, who: str, why: str) -> None:
        """Raises BusinessException: it is not found any more, or somebody was quicker."""
        await self._database.run(lambda c: _see_to(c, self._clock(c), process, finding, who, why))


def erase(connection: Connection, item: str) -> None:
    """What a person wrote about it. That it was seen to stays."""
    connection.execute(sa.update(seen_findings).where(seen_findings.c.item == item).values(why=""))


def _keep(connection: Connection, began: float, found: Reconciliation) -> None:
    listed = [
        Finding(kind=kind, difference=difference)
        for kind, differences in found.findings.items()
        for difference in differences
    ]
    row = {
        "process": found.process,
        "at": began,
        "source": found.source,
        "in_target": found.in_target,
        "findings": [_plain(one) for one in listed[:MOST]],
        "more": len(listed[MOST:]),
    }
    c = comparisons.c
    if not write_once(connection, comparisons, row):
        older = sa.update(comparisons).where(c.process == found.process, c.at <= began)
        if not connection.execute(older.values(row)).rowcount:
            return
    s = seen_findings.c
    keys = [one.key for one in listed[:MOST]]
    connection.execute(sa.delete(seen_findings).where(s.process == found.process, s.finding.not_in(keys)))


def latest(connection: Connection, processes: Sequence[str]) -> list[Comparison]:
    s = seen_findings.c
    seen: dict[tuple[str, str], SeenTo] = {
        (row.process, row.finding): SeenTo(at=row.at, who=row.who, why=row.why)
        for row in connection.execute(sa.select(seen_findings).where(s.process.in_(processes)))
    }
    query = sa.select(comparisons).where(comparisons.c.process.in_(processes))
    return [
        _comparison(dict(row), seen)
        for row in connection.execute(query.order_by(comparisons.c.process)).mappings()
    ]


def _comparison(row: Mapping[str, Any], seen: Mapping[tuple[str, str], SeenTo]) -> Comparison:
    findings = [found for one in row["findings"] if (found := _finding(one))]
    more = row["more"] + len(row["findings"]) - len(findings)
    told = [
        Finding(kind=one.kind, difference=one.difference, seen=seen.get((row["process"], one.key)))
        for one in findings
    ]
    return Comparison(**{**row, "findings": told, "more": more})


def _see_to(connection: Connection, now: float, process: str, finding: str, who: str, why: str) -> None:
    # Held until this has ended: what a newer comparison does not find is not seen to behind its back.
    held = sa.select(comparisons.c.at).where(comparisons.c.process == process)
    connection.execute(held.with_for_update())
    listed = {one.key: one for known in latest(connection, [process]) for one in known.findings}
    if finding not in listed:
        raise no("finding-gone", "This is not found any more: a newer comparison was made.")
    item = listed[finding].difference.item
    erased = sa.select(t.items.c.id).where(t.items.c.id == item, t.items.c.salt.is_(None))
    if connection.execute(erased).first():
        why = ""  # nothing would erase it any more
    row = {"process": process, "finding": finding, "item": item, "at": now, "who": who, "why": why}
    if not write_once(connection, seen_findings, row):
        raise no("seen-to-already", "Somebody has seen to this already.")
    # Without the reason, which may name a person: nothing erases the log.
    note(connection, now, who, f"comparison:{process}", "seen to", "a finding", {"finding": finding})


def _plain(finding: Finding) -> dict[str, Any]:
    one = finding.difference
    told = {**asdict(one), "why": one.why.name, "fields": list(one.fields)}
    return {"kind": finding.kind, **told}


def _finding(plain: Mapping[str, Any]) -> Finding | None:
    """None: another version of Rekey found something that this one does not know."""
    if plain["why"] not in Why.__members__:
        return None
    told = {one.name: plain[one.name] for one in fields(Difference) if one.name in plain}
    told |= {"why": Why[plain["why"]], "fields": tuple(plain["fields"])}
    return Finding(kind=plain["kind"], difference=Difference(**told))
