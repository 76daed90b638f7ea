"""Transactions of review time: how long people's decisions took, by process and day."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.saving import Reviewed
from ...core.work_list import TAKEN_FOR
from ..database import tables as t
from ..database.bulk import write_once
from ..work.rules import CORRECTED
from ..work_list.daily_figures import day_of_hour, hours_of, of_processes, within
from ..work_list.tables import decision_of_people
from .tables import last_reviews, reviews

_PEOPLE = "person/"
_LAST = sa.select(last_reviews.c.at).where(last_reviews.c.person == sa.bindparam("of"))


@dataclass
class _Day:
    decisions: int = 0
    timed: int = 0
    seconds: float = 0.0
    failed: float = 0.0
    capped: int = 0


def decided(
    connection: Connection, now: float, process: str, person: str, opened: float, failed: bool
) -> float | None:
    """Keep how long a decision took; returns the seconds. None: that is not known."""
    before = _turn(connection, person, now)
    if not math.isfinite(opened) or opened > now:
        return None
    # A clock that was set back makes no time negative.
    seconds = min(max(now - max(opened, before), 0.0), TAKEN_FOR)
    row = {"process": process, "at": now, "seconds": seconds, "failed": failed}
    connection.execute(sa.insert(reviews).values(row))
    return seconds


def _turn(connection: Connection, person: str, now: float) -> float:
    """When the person last decided; from now on that is now. Two decisions at once take turns."""
    write_once(connection, last_reviews, {"person": person, "at": 0.0})
    before: float = connection.execute(_LAST.with_for_update(), {"of": person}).scalar_one()
    connection.execute(sa.update(last_reviews).where(last_reviews.c.person == person).values(at=now))
    return before


def reviewed(connection: Connection, processes: Sequence[str], since: float, before: float) -> list[Reviewed]:
    """Every process and day on which people decided something."""
    days: dict[tuple[str, date], _Day] = defaultdict(_Day)
    hour = hours_of(connection)
    for process, at, count in connection.execute(_decisions(hour, processes, since, before)):
        days[process, day_of_hour(at)].decisions += count
    for process, at, *sums in connection.execute(_timed(hour, processes, since, before)):
        day = days[process, day_of_hour(at)]
        timed, seconds, failed, capped = sums
        day.timed, day.seconds = day.timed + timed, day.seconds + seconds
        day.failed, day.capped = day.failed + failed, day.capped + capped
    return [
        Reviewed(process=process, day=on, **vars(day))
        for (process, on), day in sorted(days.items(), key=lambda each: each[0])
    ]


def _decisions(hour: Any, processes: Sequence[str], since: float, before: float) -> sa.Select[Any]:
    i, h = t.items.c, t.history.c
    at = hour(h.at).label("hour")
    by_people = sa.func.substr(h.who, 1, len(_PEOPLE)) == _PEOPLE
    not_the_source = sa.or_(h.code.is_(None), h.code != CORRECTED)
    return (
        sa.select(i.process, at, sa.func.count())
        .select_from(t.history.join(t.items, i.id == h.item))
        .where(decision_of_people(t.history), by_people, not_the_source, *within(h.at, since, before))
        .where(of_processes(processes))
        .group_by(i.process, at)
    )


def _timed(hour: Any, processes: Sequence[str], since: float, before: float) -> sa.Select[Any]:
    r = reviews.c
    at = hour(r.at).label("hour")
    return (
        sa.select(
            r.process,
            at,
            sa.func.count(),
            sa.func.sum(r.seconds),
            sa.func.sum(sa.case((r.failed, r.seconds), else_=0.0)),
            sa.func.sum(sa.case((r.seconds >= TAKEN_FOR, 1), else_=0)),
        )
        .where(r.process.in_(processes), *within(r.at, since, before))
        .group_by(r.process, at)
    )
