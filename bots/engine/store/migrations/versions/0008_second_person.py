"""Cases that move much money want a person's agreement."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("limits", sa.Column("approve_over", sa.BigInteger(), nullable=True))
