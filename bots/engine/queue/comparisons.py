"""The store's latest comparison of each process, and what of its findings people have seen to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..core.comparison import Comparison, Finding, SeenTo
from ..core.summary import Difference, Reconciliation, Why
from . import tables as t
from .bulk import write_once
from .database import Clock, Database, database_clock
from .operations_log import note
from .rules import no

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

    async def keep(self, found: Reconciliation) -> None:
        """In place of the one before. Who saw to what is not found any more is forgotten: found again, it
        would be another finding."""
        await self._database.run(lambda c: _keep(c, self._clock(c), found))

    async def latest(self, processes: Sequence[str]) -> list[Comparison]:
        """Of those that were ever compared, by name."""
        return await self._database.run(lambda c: _latest(c, processes))

    async def see_to(self, process: str, finding: str, who: str, why: str) -> None:
        """Raises BusinessException: it is not found any more, or somebody was quicker."""
        await self._database.run(lambda c: _see_to(c, self._clock(c), process, finding, who, why))


def erase(connection: Connection, item: str) -> None:
    """What a person wrote about it. That it was seen to stays."""
    connection.execute(sa.update(seen_findings).where(seen_findings.c.item == item).values(why=""))


def _keep(connection: Connection, now: float, found: Reconciliation) -> None:
    listed = [
        Finding(kind=kind, difference=difference)
        for kind, differences in found.findings.items()
        for difference in differences
    ]
    row = {
        "process": found.process,
        "at": now,
        "source": found.source,
        "in_target": found.in_target,
        "findings": [_plain(one) for one in listed[:MOST]],
        "more": len(listed[MOST:]),
    }
    if not write_once(connection, comparisons, row):
        connection.execute(sa.update(comparisons).where(comparisons.c.process == found.process).values(row))
    s = seen_findings.c
    keys = [one.key for one in listed[:MOST]]
    connection.execute(sa.delete(seen_findings).where(s.process == found.process, s.finding.not_in(keys)))


def _latest(connection: Connection, processes: Sequence[str]) -> list[Comparison]:
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
    findings = [_finding(one) for one in row["findings"]]
    told = [
        Finding(kind=one.kind, difference=one.difference, seen=seen.get((row["process"], one.key)))
        for one in findings
    ]
    return Comparison(**{**row, "findings": told})


def _see_to(connection: Connection, now: float, process: str, finding: str, who: str, why: str) -> None:
    listed = {one.key: one for known in _latest(connection, [process]) for one in known.findings}
    if finding not in listed:
        raise no("finding-gone", "This is not found any more: a newer comparison was made.")
    item = listed[finding].difference.item
    row = {"process": process, "finding": finding, "item": item, "at": now, "who": who, "why": why}
    if not write_once(connection, seen_findings, row):
        raise no("seen-to-already", "Somebody has seen to this already.")
    # Without the reason, which may name a person: nothing erases the log.
    note(connection, now, who, f"comparison:{process}", "seen to", "a finding", {"finding": finding})


def _plain(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding.difference), "kind": finding.kind, "fields": list(finding.difference.fields)}


def _finding(plain: Mapping[str, Any]) -> Finding:
    told = {name: value for name, value in plain.items() if name != "kind"}
    return Finding(
        kind=plain["kind"],
        difference=Difference(**{**told, "why": Why(plain["why"]), "fields": tuple(plain["fields"])}),
    )
