"""One brake in place of a count of failures: what went wrong by item, and why the brake holds."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "troubles",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("proven", sa.Integer(), nullable=False),
        sa.Column("brake", sa.Text(), nullable=True),
        sa.Column("ended", sa.Double(), nullable=True),
        sa.Column("how", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("item", "kind", "system", "place"),
    )
    stands = sa.text("ended IS NULL")
    op.create_index("troubles_standing", "troubles", ["system"], sqlite_where=stands, postgresql_where=stands)
    op.create_index("troubles_brake", "troubles", ["brake"])
    op.create_table(
        "brakes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_wait", sa.Double(), nullable=False),
        sa.Column("wait", sa.Double(), nullable=False),
        sa.Column("probe", sa.Double(), nullable=True),
        sa.Column("prober", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("holds", sa.Column("brake", sa.Text(), nullable=True))
    # Held by what counted failures before: a person releases it, as before.
    op.execute("UPDATE holds SET who = 'brake' WHERE who = 'circuit breaker'")
    op.drop_column("systems", "failures")
    op.drop_column("systems", "code")
