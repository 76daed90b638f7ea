"""The store's tables. Times are seconds since 1970 on the database's clock.

All words are TEXT: a limit that one database enforces and the other ignores would only show in production.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

store = sa.Table(
    "store",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("environment", sa.Text, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("restored", sa.Double),  # when it was found to be a backup of what it had been
    sa.Column("batches", sa.Integer, nullable=False),  # how many there ever were
    sa.Column("home", sa.Text),  # the one home whose workers may use it
    sa.Column("gap", sa.Double),  # when it was last seen that nobody had lived for a while
)

trusts = sa.Table(
    "trusts",
    metadata,
    sa.Column("process", sa.Text, primary_key=True),
    sa.Column("since", sa.Double, nullable=False),  # since when its reconciliations are clean
)

# Marks that a person or Rekey itself has seen to be missing: the store is a backup from before them.
lost_marks = sa.Table(
    "lost_marks",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
)

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("began", sa.Double, nullable=False),
    sa.Column("seen", sa.Double, nullable=False),
    sa.Column("word", sa.Text, nullable=False),  # of its last sign of life
    sa.Column("ended", sa.Double),
)

# When a target was last asked for entries of ours without a receipt.
asked = sa.Table(
    "asked",
    metadata,
    sa.Column("process", sa.Text, primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
)

# Entries under our sign-in without a receipt, each told once.
strays = sa.Table(
    "strays",
    metadata,
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("reference", sa.Text, primary_key=True),
    sa.Column("process", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
)

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("process", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("received", sa.Double, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("returned", sa.Double),  # when its answers were last given back
    sa.Column("number", sa.Integer, nullable=False),  # counted on without a gap
    sa.Column("rows", sa.Integer, nullable=False),  # how many source rows it has
    sa.Column("begins", sa.Double),  # what came new with it is not taken before
)
sa.Index(
    "batches_begin",
    batches.c.begins,
    sqlite_where=batches.c.begins.is_not(None),
    postgresql_where=batches.c.begins.is_not(None),
)

items = sa.Table(
    "items",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("process", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("kind", sa.Text),
    sa.Column("code", sa.Text),
    sa.Column("sentence", sa.Text),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("not_before", sa.Double, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("batch", sa.Text, nullable=False),
    sa.Column("origin", sa.JSON, nullable=False),
    sa.Column("changed", sa.Boolean, nullable=False),  # a correction waits to be told at the worker's end
    sa.Column("source_digest", sa.Text, nullable=False),  # of what the source showed last
    sa.Column("token", sa.Integer, nullable=False),
    sa.Column("worker", sa.Text),
    sa.Column("lease_expires", sa.Double),
    sa.Column("lease_seconds", sa.Double),  # how long it was given for: a clock set back makes none longer
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("updated", sa.Double, nullable=False),
    # The chain of its history, see chain/digests.py.
    sa.Column("salt", sa.LargeBinary),  # gone when its personal data was erased
    sa.Column("content", sa.LargeBinary, nullable=False),  # digest of what it says
    sa.Column("entries", sa.Integer, nullable=False),  # how many rows of history it has
    sa.Column("head", sa.LargeBinary, nullable=False),  # hash of the last of them
    sa.Column("due", sa.Double, nullable=False, server_default=sa.text("9e12")),
    sa.UniqueConstraint("process", "reference"),
)
# In the very order of taking: the next item is found without sorting all that wait.
sa.Index(
    "items_next",
    items.c.process,
    items.c.state,
    items.c.priority.desc(),
    items.c.due,
    items.c.created,
    items.c.id,
)

source_rows = sa.Table(
    "source_rows",
    metadata,
    sa.Column("batch", sa.Text, primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("origin", sa.JSON, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),  # of what the row said
)
sa.Index("source_rows_item", source_rows.c.item)

corrections = sa.Table(
    "corrections",
    metadata,
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("batch", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
)

intents = sa.Table(
    "intents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("token", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("seen", sa.JSON, nullable=False),
    sa.Column("recorded", sa.Double, nullable=False),
    sa.Column("deadline", sa.Double, nullable=False),
    sa.Column("resolvable", sa.Double, nullable=False),
    sa.Column("browser", sa.Text, nullable=False),  # what writes; the chain knows it by this name
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("closed", sa.Double),
    sa.Column("why", sa.Text),
    sa.Column("unsteady", sa.Double),  # when the clock was seen to have been set
    sa.Column("account", sa.Text, nullable=False),  # under which the session was signed in
)
# A literal, not a parameter: SQLite plans the statement anew at every call otherwise, to see whether the
# partial index below fits (measured: 70 microseconds), and PostgreSQL might not use it at all.
open_intents = intents.c.status == sa.literal_column("'open'")
# When nothing of an intent's commit can arrive any more: see `Intent.settled`.
settled = sa.func.coalesce(
    intents.c.unsteady + intents.c.resolvable - intents.c.recorded, intents.c.resolvable
)

sa.Index("intents_item", intents.c.item)
# An item has one open intent at most, whatever the code believes.
sa.Index(
    "intents_one_open",
    intents.c.item,
    unique=True,
    sqlite_where=intents.c.status == "open",
    postgresql_where=intents.c.status == "open",
)

# For figures: the saves of some days.
sa.Index("intents_recorded", intents.c.recorded, intents.c.item)

# What else was saved of the same case.
sa.Index("intents_of_case", intents.c.digest)

# Two items of the very same case that looked at the same time must not both save.
sa.Index(
    "intents_one_of_values",
    intents.c.system,
    intents.c.step,
    intents.c.digest,
    unique=True,
    sqlite_where=intents.c.status == "open",
    postgresql_where=intents.c.status == "open",
)

receipts = sa.Table(
    "receipts",
    metadata,
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("values", sa.JSON, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("adopted", sa.Boolean, nullable=False),
    sa.Column("intent", sa.Text),
    sa.Column("evidence", sa.Text),
    sa.Column("account", sa.Text, nullable=False),
    # One entry of a target is the proof of one step of one item.
    sa.UniqueConstraint("system", "step", "reference"),
)
sa.Index("receipts_at", receipts.c.system, receipts.c.step, receipts.c.at)

history = sa.Table(
    "history",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("token", sa.Integer, nullable=False),
    sa.Column("versions", sa.JSON, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),  # 1, 2, ... of its item
    sa.Column("event", sa.Text, nullable=False),  # `state`: a transition; others: see chain/digests.py
    sa.Column("facts", sa.JSON(none_as_null=True)),  # what an auditor may see of an event, and proofs
    sa.Column("image", sa.LargeBinary),  # digest of the item as this row leaves it
    sa.Column("hash", sa.LargeBinary, nullable=False),  # of this row, on the one before
    sa.Column("sealed", sa.LargeBinary),  # digest of `why` and `detail`, when they were erased
)
sa.Index("history_seq", history.c.item, history.c.seq, unique=True)
# For figures: an item came into doubt.
came_into_doubt = sa.and_(
    history.c.event == sa.literal_column("'state'"), history.c.after == sa.literal_column("'in_doubt'")
)
sa.Index(
    "history_came_into_doubt",
    history.c.at,
    history.c.item,
    sqlite_where=came_into_doubt,
    postgresql_where=came_into_doubt,
)

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),  # the last row of history that it covers
    sa.Column("rows", sa.BigInteger, nullable=False),  # rows since the checkpoint before
    sa.Column("items", sa.BigInteger, nullable=False),  # items since the checkpoint before
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
)

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("since", sa.Double, nullable=False),
    sa.Column("released", sa.Double),
    sa.Column("released_by", sa.Text),
    sa.Column("released_why", sa.Text),
    sa.Column("brake", sa.Text),  # why the brake holds it; a person's hold has none
)

licences = sa.Table(
    "licences",
    metadata,
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("slot", sa.Integer, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),  # how long it was taken for
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text),
    sa.Column("busy_until", sa.Double, nullable=False),
    sa.Column("refused", sa.Double),
)

systems = sa.Table(
    "systems",
    metadata,
    sa.Column("system", sa.Text, primary_key=True),  # its row is held by whoever counts something of it
)

troubles = sa.Table(
    "troubles",
    metadata,
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("place", sa.Text, primary_key=True),  # the step of a save, the screen of a stop
    sa.Column("process", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("counts", sa.Boolean, nullable=False),
    sa.Column("proven", sa.Integer, nullable=False),  # saves of its step that were proven since
    sa.Column("brake", sa.Text),
    sa.Column("ended", sa.Double),
    sa.Column("how", sa.Text),
)
_stands = troubles.c.ended.is_(None)
sa.Index("troubles_standing", troubles.c.system, sqlite_where=_stands, postgresql_where=_stands)
sa.Index("troubles_brake", troubles.c.brake)

brakes = sa.Table(
    "brakes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("first_wait", sa.Double, nullable=False),
    sa.Column("wait", sa.Double, nullable=False),
    sa.Column("probe", sa.Double),  # when an item may be let through to see whether it is over
    sa.Column("prober", sa.Text),  # who lets one through now
)

drift = sa.Table(
    "drift",
    metadata,
    sa.Column("place", sa.Text, primary_key=True),  # system.screen.field[rank]
    sa.Column("times", sa.BigInteger, nullable=False),
    sa.Column("first", sa.Double, nullable=False),
    sa.Column("last", sa.Double, nullable=False),
)

operations = sa.Table(
    "operations",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),  # such as schedule:work-parking, system:waste, hand-in:b-1
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
)
sa.Index("operations_scope", operations.c.scope, operations.c.id)

limits = sa.Table(
    "limits",
    metadata,
    sa.Column("process", sa.Text, primary_key=True),
    sa.Column("daily_items", sa.Integer),
    sa.Column("daily_pence", sa.BigInteger),
    sa.Column("approve_first", sa.Integer, nullable=False),
    sa.Column("approve_over", sa.BigInteger),  # pence
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
)

spent = sa.Table(
    "spent",
    metadata,
    sa.Column("process", sa.Text, primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),  # such as 2026-11-21, in London
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("pence", sa.BigInteger, nullable=False),
)

approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),  # of the data that the person saw
    sa.Column("asked", sa.Double, nullable=False),
    sa.Column("who", sa.Text),
    sa.Column("why", sa.Text),
    sa.Column("at", sa.Double),  # when the person agreed
)
