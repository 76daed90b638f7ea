"""An index for what else was saved of the same case."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index("intents_of_case", "intents", ["digest"])
