"""The first tables: observations, batches, quarantine, forecasts, scores, promotions, runs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB, TIMESTAMP

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _time(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, TIMESTAMP(timezone=True), nullable=nullable) for name in names]


def _count(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False, autoincrement=False) for name in names]


def _number(*names: str, nullable: bool = False) -> list[sa.Column[float]]:
    return [sa.Column(name, DOUBLE_PRECISION(), nullable=nullable) for name in names]


def _finite(column: str) -> sa.CheckConstraint:
    """A price may be negative, but never NaN or infinite."""
    return sa.CheckConstraint(f"{column} NOT IN ('NaN', 'Infinity', '-Infinity')")


def upgrade() -> None:
    op.create_table(
        "observations",
        *_text("commodity", "source", "frequency"),
        *_time("observed_at", "available_at"),
        *_number("value"),
        *_text("unit"),
        *_number("open", "high", "low", "volume", nullable=True),
        *_text("batch_id"),
        *_time("recorded_at"),
        sa.PrimaryKeyConstraint("commodity", "source", "frequency", "observed_at", "available_at"),
        _finite("value"),
    )
    op.create_table(
        "batches",
        *_text("batch_id", "commodity", "source", "frequency"),
        *_time("fetched_at"),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        *_number("quality_score"),
        *_count("rows_received", "rows_missing", "rows_quarantined", "rows_added", "rows_revised"),
        sa.Column("rules", JSONB(), nullable=False),
        *_time("recorded_at"),
        sa.PrimaryKeyConstraint("batch_id"),
    )
    op.create_table(
        "quarantine",
        *_text("batch_id"),
        *_count("row_number"),
        *_text("rule", "commodity", "source"),
        sa.Column("row", JSONB(), nullable=False),
        *_time("recorded_at"),
        sa.PrimaryKeyConstraint("batch_id", "row_number", "rule"),
    )
    op.create_table(
        "forecasts",
        *_text("commodity", "target_kind", "model", "model_version", "source"),
        *_time("made_at", "target_at"),
        *_text("statistic"),
        *_count("horizon"),
        *_number("value"),
        *_text("unit"),
        *_time("last_observed_at"),
        *_text("run_id", "code_version"),
        *_time("recorded_at"),
        sa.PrimaryKeyConstraint(
            "commodity",
            "target_kind",
            "model",
            "model_version",
            "source",
            "made_at",
            "target_at",
            "statistic",
        ),
        _finite("value"),
    )
    op.create_table(
        "scores",
        *_text("commodity", "target_kind", "model", "model_version"),
        *_count("horizon"),
        *_text("metric"),
        *_number("value", nullable=True),
        *_count("origins"),
        *_time("first_origin", "last_origin"),
        *_text("run_id"),
        *_time("recorded_at"),
        sa.PrimaryKeyConstraint(
            "commodity", "target_kind", "model", "model_version", "horizon", "metric"
        ),
    )
    op.create_table(
        "promotions",
        *_text("commodity", "target_kind"),
        *_time("decided_at"),
        *_text("model", "model_version", "reason"),
        *_time("recorded_at"),
        sa.PrimaryKeyConstraint("commodity", "target_kind", "decided_at"),
    )
    op.create_table(
        "pipeline_runs",
        *_text("run_id", "source"),
        *_time("started_at"),
        *_time("ended_at", nullable=True),
        *_text("status"),
        sa.Column("tasks", JSONB(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        *_time("recorded_at"),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_table("identity", *_text("database_id"), sa.PrimaryKeyConstraint("database_id"))
    op.execute("INSERT INTO identity VALUES (gen_random_uuid()::text)")


def downgrade() -> None:
    for table in (
        "identity",
        "pipeline_runs",
        "promotions",
        "scores",
        "forecasts",
        "quarantine",
        "batches",
        "observations",
    ):
        op.drop_table(table)
