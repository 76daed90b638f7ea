"""A token of the API may be for one process alone."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("api_tokens", sa.Column("process", sa.Text(), nullable=True))
