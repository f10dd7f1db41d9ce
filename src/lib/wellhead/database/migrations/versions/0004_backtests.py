"""Backtests are stored; scores over all horizons have horizon -1, as 0 is the current month."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, TIMESTAMP

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_STATISTICS = ("mean", "q0.025", "q0.1", "q0.25", "q0.5", "q0.75", "q0.9", "q0.975")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _time(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, TIMESTAMP(timezone=True), nullable=nullable) for name in names]


def _number(*names: str, nullable: bool = False) -> list[sa.Column[float]]:
    return [sa.Column(name, DOUBLE_PRECISION(), nullable=nullable) for name in names]


def upgrade() -> None:
    op.create_table(
        "backtests",
        *_text("commodity", "target_kind", "model", "model_version"),
        *_time("made_at"),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        *_time("target_at", "last_observed_at"),
        *_number("last_value", "one_step_mae", *_STATISTICS),
        *_number("actual", nullable=True),
        *_time("actual_available_at", nullable=True),
        *_text("run_id"),
        *_time("recorded_at"),
        sa.PrimaryKeyConstraint(
            "commodity", "target_kind", "model", "model_version", "made_at", "horizon"
        ),
    )
    op.execute("UPDATE scores SET horizon = -1 WHERE horizon = 0")


def downgrade() -> None:
    op.execute("DELETE FROM scores WHERE target_kind <> 'daily'")
    op.execute("UPDATE scores SET horizon = 0 WHERE horizon = -1")
    op.drop_table("backtests")
