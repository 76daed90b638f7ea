"""The tables of people. Of passwords, links, cookies and tokens they hold hashes only."""

from __future__ import annotations

import sqlalchemy as sa

from ..database.tables import metadata

people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("login", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("local", sa.Boolean, nullable=False),
    sa.Column("subject", sa.Text, unique=True),  # what the directory calls a person, whatever the login
    sa.Column("created", sa.Double, nullable=False),
)

grants = sa.Table(
    "grants",
    metadata,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),  # a process, or * for all
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("directory", sa.Boolean, primary_key=True),  # from the directory: it alone takes it back
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
)

credentials = sa.Table(
    "credentials",
    metadata,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("password", sa.Text),  # its argon2 hash
    sa.Column("code_secret", sa.LargeBinary),  # sealed with a key that is not in this store
    sa.Column("code_step", sa.BigInteger),  # the last one used
    sa.Column("failures", sa.Integer, nullable=False),  # in a row
    sa.Column("locked_until", sa.Double),
)

invitations = sa.Table(
    "invitations",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),  # SHA-256 of the token
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),
    sa.Column("used", sa.Double),
    sa.Column("void", sa.Double),  # when a newer one replaced it
)
sa.Index("invitations_person", invitations.c.person)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),  # SHA-256 of the cookie's token
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("last_seen", sa.Double, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),
    sa.Column("fresh", sa.Double),  # when the second factor was last shown
)
sa.Index("sessions_person", sessions.c.person)
sa.Index("sessions_expires", sessions.c.expires)

people_log = sa.Table(
    "people_log",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("person", sa.Text),  # whom it concerns
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
)
sa.Index("people_log_person", people_log.c.person, people_log.c.id)

api_tokens = sa.Table(
    "api_tokens",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),  # SHA-256 of the token
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("process", sa.Text),  # the only one; none: all of the person's
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),
    sa.Column("revoked", sa.Double),
    sa.Column("last_used", sa.Double),
)
sa.Index("api_tokens_person", api_tokens.c.person)
