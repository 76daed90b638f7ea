"""Hand-ins of files: how a file was read, when its answers were given back, the rows of an item."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("batches", sa.Column("detail", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("batches", sa.Column("returned", sa.Double(), nullable=True))
    op.add_column("source_rows", sa.Column("digest", sa.Text(), nullable=False, server_default=""))
    op.create_index(
        "intents_one_of_values",
        "intents",
        ["system", "step", "digest"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index("source_rows_item", "source_rows", ["item"], unique=False)
