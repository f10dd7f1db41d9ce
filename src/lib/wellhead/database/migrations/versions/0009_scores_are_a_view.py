"""All metrics of a horizon are one row of table `leaderboard`; `scores` is a view of them.

One row a metric took six times as much, most of it the key. Every score is carried over.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB, TIMESTAMP

from wellhead.errors import StorageError

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TEXT = ("commodity", "target_kind", "model", "model_version")
_NUMBERS = ("horizon", "origins")
_TIMES = ("first_origin", "last_origin")
_KEY = (*_TEXT, *_NUMBERS, *_TIMES)
_GATHERED = f"""
    INSERT INTO leaderboard ({", ".join(_KEY)}, metrics, run_id, recorded_at)
    SELECT {", ".join(_KEY)}, jsonb_object_agg(metric, value), min(run_id), min(recorded_at)
      FROM scores GROUP BY {", ".join(_KEY)}
"""  # noqa: S608 - our own names
_SPREAD = """
    SELECT commodity, target_kind, model, model_version, horizon, metric,
           (content #>> '{}')::double precision AS value, origins, first_origin, last_origin,
           run_id, recorded_at
      FROM leaderboard, jsonb_each(metrics) AS each (metric, content)
"""


def upgrade() -> None:
    op.create_table(
        "leaderboard",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXT),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _NUMBERS),
        *(sa.Column(name, TIMESTAMP(timezone=True), nullable=False) for name in _TIMES),
        sa.Column("metrics", JSONB(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("recorded_at", TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*_KEY),
    )
    op.execute(_GATHERED)
    before = "SELECT metric, value, origins, horizon, model, model_version FROM scores"
    after = f"SELECT metric, value, origins, horizon, model, model_version FROM ({_SPREAD}) AS s"  # noqa: S608
    lost = op.get_bind().scalar(sa.text(f"SELECT count(*) FROM ({before} EXCEPT ALL {after}) AS d"))  # noqa: S608
    if lost:
        raise StorageError(f"{lost} scores would be lost. Nothing was changed: report this fault.")
    op.drop_table("scores")
    op.execute(f"CREATE VIEW scores AS {_SPREAD}")


def downgrade() -> None:
    op.execute("ALTER VIEW scores RENAME TO scores_view")
    op.create_table(
        "scores",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXT),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("value", DOUBLE_PRECISION(), nullable=True),
        sa.Column("origins", sa.BigInteger(), nullable=False),
        *(sa.Column(name, TIMESTAMP(timezone=True), nullable=False) for name in _TIMES),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("recorded_at", TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*_TEXT, "horizon", "metric"),
    )
    op.execute("INSERT INTO scores SELECT * FROM scores_view")
    op.execute("DROP VIEW scores_view")
    op.drop_table("leaderboard")
