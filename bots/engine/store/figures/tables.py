"""The tables of figures: baselines that owners signed off, and how long people's decisions took."""

from __future__ import annotations

import sqlalchemy as sa

from ..database import tables as t
from ..work_list.tables import decision_of_people

baselines = sa.Table(
    "baselines",
    t.metadata,
    # Counted on for each process: of two owners who sign at once, one finds the other's number taken.
    sa.Column("process", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("measured", sa.JSON, nullable=False),
    sa.Column("signed", sa.Double, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
)

reviews = sa.Table(
    "reviews",
    t.metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("process", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),  # neither whose decision it was, nor of which case
    sa.Column("failed", sa.Boolean, nullable=False),  # it came to people as the machinery had failed
)
sa.Index("reviews_at", reviews.c.process, reviews.c.at)

last_reviews = sa.Table(
    "last_reviews",
    t.metadata,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),  # when they last decided: no minute is counted twice
)

_h = t.history.c
_decided = decision_of_people(t.history)
sa.Index(
    "history_by_people",
    *(_h.at, _h.item, _h.who, _h.code),
    sqlite_where=_decided,
    postgresql_where=_decided,
)
