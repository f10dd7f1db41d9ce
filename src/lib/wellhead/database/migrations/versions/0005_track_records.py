"""Track records: how the forecasts in the ledger have done, as outcomes become known."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, TIMESTAMP

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXTS = ("commodity", "target_kind", "source", "model")


def upgrade() -> None:
    op.create_table(
        "track_records",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXTS),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        sa.Column("known_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("outcomes", sa.BigInteger(), nullable=False),
        sa.Column("coverage_80", DOUBLE_PRECISION(), nullable=False),
        sa.Column("coverage_95", DOUBLE_PRECISION(), nullable=False),
        sa.Column("drift_outcomes", sa.BigInteger(), nullable=False),
        sa.Column("mspe_ratio", DOUBLE_PRECISION(), nullable=True),
        sa.Column("p_worse", DOUBLE_PRECISION(), nullable=False),
        sa.Column("alarm", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*_TEXTS, "horizon", "known_at"),
    )


def downgrade() -> None:
    op.drop_table("track_records")
