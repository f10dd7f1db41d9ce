"""Data quality: days listed without a value, corrections, replays, quality per source and day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SOURCE_QUALITY = """
CREATE VIEW source_quality AS
SELECT source,
       date_trunc('day', fetched_at, 'UTC') AS day,
       count(*) AS batches,
       count(*) FILTER (WHERE NOT accepted) AS batches_refused,
       sum(rows_received - rows_missing)::bigint AS rows_checked,
       sum(rows_quarantined)::bigint AS rows_rejected,
       1 - sum(rows_quarantined)::double precision
           / nullif(sum(rows_received - rows_missing), 0)::double precision AS quality_score
FROM batches
WHERE replay_of IS NULL
GROUP BY 1, 2
"""


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _row() -> list[sa.Column[int]]:
    return [sa.Column("row_number", sa.BigInteger(), nullable=False, autoincrement=False)]


def _time(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, TIMESTAMP(timezone=True), nullable=False) for name in names]


def upgrade() -> None:
    op.add_column("batches", sa.Column("days_missing", JSONB(), nullable=True))
    op.add_column("batches", sa.Column("replay_of", sa.Text(), nullable=True))
    op.create_table(
        "corrections",
        *_text("batch_id"),
        *_row(),
        *_time("decided_at"),
        *_text("decision"),
        sa.Column("changes", JSONB(), nullable=False),
        *_text("reason", "decided_by"),
        *_time("recorded_at"),
        sa.PrimaryKeyConstraint("batch_id", "row_number", "decided_at"),
    )
    op.create_table(
        "replays",
        *_text("replay_id", "batch_id"),
        *_row(),
        *_text("outcome"),
        *_time("recorded_at"),
        sa.PrimaryKeyConstraint("replay_id", "batch_id", "row_number"),
    )
    op.execute(_SOURCE_QUALITY)


def downgrade() -> None:
    op.execute("DROP VIEW source_quality")
    op.drop_table("replays")
    op.drop_table("corrections")
    op.drop_column("batches", "replay_of")
    op.drop_column("batches", "days_missing")
