"""Transactions of baselines: a newer one follows, and none is ever changed."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.baseline import Baseline, Measured, check_dates, check_not_ahead
from ...core.errors import refusal
from ..database.bulk import write_once
from .tables import baselines

_LATEST = sa.select(sa.func.coalesce(sa.func.max(baselines.c.number), 0)).where(
    baselines.c.process == sa.bindparam("of")
)


def sign(
    connection: Connection,
    now: float,
    process: str,
    measured: Measured,
    who: str,
    seen: int | None,
) -> Baseline:
    check_dates(measured)
    check_not_ahead(measured, now)
    latest = connection.execute(_LATEST, {"of": process}).scalar_one()
    number, is_known = latest + 1, seen is None or seen == latest
    row = {"process": process, "number": number, "measured": measured.data(), "signed": now}
    if not is_known or not write_once(connection, baselines, {**row, "who": who}):
        raise refusal("signed-meanwhile", "Somebody signed off a newer baseline just now. Look at it first.")
    return Baseline(number=number, process=process, measured=measured, signed=now, who=who)


def signed(connection: Connection, processes: Sequence[str]) -> list[Baseline]:
    """The newest of each process first."""
    query = sa.select(baselines).where(baselines.c.process.in_(processes))
    rows = connection.execute(query.order_by(baselines.c.process, baselines.c.number.desc()))
    return [
        Baseline(**{**row, "measured": Measured.model_validate(row["measured"])}) for row in rows.mappings()
    ]
