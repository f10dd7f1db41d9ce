"""All statistics of a forecast of one target are one row of table `ledger`; `forecasts` is a view.

One row a statistic took nine times as much, most of it the key. Every row is carried over. A row of
the ledger was recorded when the first of its statistics was.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, TIMESTAMP

from wellhead.database.server import timescale
from wellhead.errors import StorageError

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_STATISTICS = ("mean", "q0.025", "q0.1", "q0.25", "q0.5", "q0.75", "q0.9", "q0.975")
_NAMED = ("commodity", "target_kind", "model", "model_version", "source")
_KEY = (*_NAMED, "made_at", "target_at")
_MADE_WITH = ("unit", "last_observed_at", "run_id", "code_version")
_OF_FORECAST = ", ".join((*_KEY, "horizon", *_MADE_WITH))
_QUOTED = [f'"{name}"' for name in _STATISTICS]

_PICKED = ", ".join(f"max(value) FILTER (WHERE statistic = '{name}')" for name in _STATISTICS)
# A forecast that lacks a statistic is left out here, and then missed by the comparison.
_GATHERED = f"""
    INSERT INTO ledger ({_OF_FORECAST}, {", ".join(_QUOTED)}, recorded_at)
    SELECT {_OF_FORECAST}, {_PICKED}, min(recorded_at)
      FROM forecasts
     GROUP BY {_OF_FORECAST}
    HAVING count(*) FILTER (WHERE statistic IN {_STATISTICS}) = {len(_STATISTICS)}
"""  # noqa: S608 - our own names
_PAIRS = ", ".join(f"('{name}', \"{name}\")" for name in _STATISTICS)
_SPREAD = f"""
    SELECT {", ".join(_KEY)}, statistic, horizon, value, {", ".join(_MADE_WITH)}, recorded_at
      FROM ledger CROSS JOIN LATERAL (VALUES {_PAIRS}) AS each (statistic, value)
"""  # noqa: S608 - our own names
_LOST = f"""
    SELECT count(*) FROM (SELECT {_OF_FORECAST}, statistic, value FROM forecasts EXCEPT ALL
                          SELECT {_OF_FORECAST}, statistic, value FROM ({_SPREAD}) AS s) AS d
"""  # noqa: S608 - our own names


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _time(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, TIMESTAMP(timezone=True), nullable=False) for name in names]


def _number(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, DOUBLE_PRECISION(), nullable=False) for name in names]


def _finite(*columns: str) -> sa.CheckConstraint:
    """A price may be negative, but never NaN or infinite."""
    tests = (f"{column} NOT IN ('NaN', 'Infinity', '-Infinity')" for column in columns)
    return sa.CheckConstraint(" AND ".join(tests))


def upgrade() -> None:
    op.create_table(
        "ledger",
        *_text(*_NAMED),
        *_time("made_at", "target_at"),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        *_number(*_STATISTICS),
        *_text("unit"),
        *_time("last_observed_at"),
        *_text("run_id", "code_version"),
        *_time("recorded_at"),
        sa.PrimaryKeyConstraint(*_KEY),
        _finite(*_QUOTED),
    )
    timescale.make_hypertable(op.get_bind(), "ledger")
    op.execute(_GATHERED)
    lost = op.get_bind().scalar(sa.text(_LOST))
    if lost:
        raise StorageError(
            f"{lost} rows of table forecasts would be lost. Nothing was changed: report this fault."
        )
    op.drop_table("forecasts")
    op.execute(f"CREATE VIEW forecasts AS {_SPREAD}")


def downgrade() -> None:
    op.execute("ALTER VIEW forecasts RENAME TO forecasts_view")
    op.create_table(
        "forecasts",
        *_text(*_NAMED),
        *_time("made_at", "target_at"),
        *_text("statistic"),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        *_number("value"),
        *_text("unit"),
        *_time("last_observed_at"),
        *_text("run_id", "code_version"),
        *_time("recorded_at"),
        sa.PrimaryKeyConstraint(*_KEY, "statistic"),
        _finite("value"),
    )
    op.execute("INSERT INTO forecasts SELECT * FROM forecasts_view")
    op.execute("DROP VIEW forecasts_view")
    op.drop_table("ledger")
