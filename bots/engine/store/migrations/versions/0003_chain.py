"""The chain of history: hashes, salts, checkpoints. What was there before is chained as it stands."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from bots.engine.store.chain import digests as chain
from bots.engine.store.chain import facts
from bots.engine.store.chain.entries import CHAINED, Tail, append, linked
from bots.engine.store.database import tables as t
from bots.engine.store.database.rows import TEXTS

revision = "0003"
down_revision = "0002"

_WHY = "chained as it stood: what was before is as the store remembers it"
_AT_ONCE = 500


def upgrade() -> None:
    _columns()
    connection = op.get_bind()
    _count_hand_ins(connection)
    for items in _items(connection):
        for item in items:
            _chain(connection, item)
    op.drop_index("history_item", "history")
    op.create_index("history_seq", "history", ["item", "seq"], unique=True)


def _columns() -> None:
    blank, nought = sa.text("''"), "0"
    op.add_column("store", sa.Column("batches", sa.Integer(), nullable=False, server_default=nought))
    op.add_column("batches", sa.Column("number", sa.Integer(), nullable=False, server_default=nought))
    op.add_column("batches", sa.Column("rows", sa.Integer(), nullable=False, server_default=nought))
    op.add_column("items", sa.Column("salt", sa.LargeBinary(), nullable=True))
    op.add_column("items", sa.Column("content", sa.LargeBinary(), nullable=False, server_default=blank))
    op.add_column("items", sa.Column("entries", sa.Integer(), nullable=False, server_default=nought))
    op.add_column("items", sa.Column("head", sa.LargeBinary(), nullable=False, server_default=blank))
    op.add_column("intents", sa.Column("account", sa.Text(), nullable=False, server_default=""))
    op.add_column("receipts", sa.Column("account", sa.Text(), nullable=False, server_default=""))
    op.add_column("history", sa.Column("seq", sa.Integer(), nullable=False, server_default=nought))
    op.add_column("history", sa.Column("event", sa.Text(), nullable=False, server_default="state"))
    op.add_column("history", sa.Column("facts", sa.JSON(), nullable=True))
    op.add_column("history", sa.Column("image", sa.LargeBinary(), nullable=True))
    op.add_column("history", sa.Column("hash", sa.LargeBinary(), nullable=False, server_default=blank))
    op.add_column("history", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.create_table(
        "checkpoints",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )


def _count_hand_ins(connection: sa.Connection) -> None:
    batches = connection.execute(sa.select(t.batches.c.id).order_by(t.batches.c.received, t.batches.c.id))
    for number, batch in enumerate(batches.scalars().all(), start=1):
        rows = sa.select(sa.func.count()).where(t.source_rows.c.batch == batch).scalar_subquery()
        connection.execute(
            sa.update(t.batches).where(t.batches.c.id == batch).values(number=number, rows=rows)
        )
    total = sa.select(sa.func.count()).select_from(t.batches).scalar_subquery()
    connection.execute(sa.update(t.store).values(batches=total))


def _items(connection: sa.Connection) -> Iterator[Sequence[sa.Row[Any]]]:
    after = ""
    # Those that there are at this revision: later ones are in the table's description by now.
    there = {column["name"] for column in sa.inspect(connection).get_columns("items")}
    columns = [column for column in t.items.c if column.name in there]
    query = sa.select(*columns, *TEXTS).order_by(t.items.c.id).limit(_AT_ONCE)
    while found := connection.execute(query.where(t.items.c.id > after)).all():
        yield found
        after = found[-1].id


def _chain(connection: sa.Connection, item: sa.Row[Any]) -> None:
    """Hash the rows that there are, then one more that names everything the item has now."""
    salt = chain.new_salt()
    tail = Tail(item=item.id, salt=salt, content=b"", entries=0, head=chain.GENESIS)
    columns = [*t.history.c, sa.cast(t.history.c.detail, sa.Text).label("detail_text")]
    versions = sa.cast(t.history.c.versions, sa.Text).label("versions_text")
    query = sa.select(*columns, versions).where(t.history.c.item == item.id).order_by(t.history.c.id)
    for row in connection.execute(query).all():
        public = {**row._mapping, "seq": tail.entries + 1, "event": "state", "versions": row.versions_text}
        sealed = chain.seal(salt, row.why, row.detail_text)
        head = chain.link(tail.head, sealed, None, chain.values(chain.PUBLIC, public))
        change = sa.update(t.history).where(t.history.c.id == row.id)
        connection.execute(change.values(seq=public["seq"], hash=head))
        tail = Tail(item=item.id, salt=salt, content=b"", entries=public["seq"], head=head)
    _finish(connection, item, tail)


def _finish(connection: sa.Connection, item: sa.Row[Any], tail: Tail) -> None:
    values = {**item._mapping, **{n: item._mapping[f"{n}_text"] for n in ("data", "detail", "origin")}}
    said = chain.content(tail.salt, chain.values(chain.CONTENT, values))
    last = linked(
        tail,
        at=item.updated,
        who="store",
        before=item.state,
        after=item.state,
        why=_WHY,
        attempt=item.attempts,
        token=item.token,
        versions={},
        event=CHAINED,
        facts=facts.of_all(connection, item.id, tail.salt),
        image=chain.image(said, chain.values(chain.STANDING, values)),
    )
    append(connection, last)
    change = {"salt": tail.salt, "content": said, "entries": last["seq"], "head": last["hash"]}
    connection.execute(sa.update(t.items).where(t.items.c.id == item.id).values(**change))
