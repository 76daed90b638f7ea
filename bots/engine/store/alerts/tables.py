"""The tables of who was told what. They hold ids, counts and names of processes; no personal data."""

from __future__ import annotations

import sqlalchemy as sa

from ..database.tables import metadata

alert_matters = sa.Table(
    "alert_matters",
    metadata,
    sa.Column("recipient", sa.Text, primary_key=True),
    sa.Column("cause", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("process", sa.Text),
    sa.Column("since", sa.Double, nullable=False),
    sa.Column("began", sa.Double, nullable=False),  # when a round first saw it stand
    sa.Column("told", sa.Double),  # when it was last told; of another time that it stood, if before `began`
    sa.Column("times", sa.Integer, nullable=False),  # how often within a day
    sa.Column("ended", sa.Double),
)

alert_messages = sa.Table(
    "alert_messages",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
)
sa.Index("alert_messages_last", alert_messages.c.recipient, alert_messages.c.cause, alert_messages.c.at)

alert_deliveries = sa.Table(
    "alert_deliveries",
    metadata,
    sa.Column("message", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, primary_key=True),  # its id: what it is lies in the keyring
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("next", sa.Double, nullable=False),
    sa.Column("busy_until", sa.Double, nullable=False),  # somebody is sending it
    sa.Column("accepted", sa.Double),
)

alert_rounds = sa.Table(
    "alert_rounds",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Double, nullable=False),  # when a round last came to its end
)
