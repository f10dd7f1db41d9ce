"""Backtests are Parquet files of their MLflow runs, no longer rows; rows that exist are exported.

The export is in `var/backtests` of the machine that runs the migration, a file a commodity. If it
fails, the table stays.
"""

import logging
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, TIMESTAMP

from wellhead.errors import StorageError
from wellhead.files import replacing
from wellhead.settings import get_settings

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KEY = ("commodity", "target_kind", "model", "model_version", "made_at", "horizon")
_STATISTICS = ("mean", "q0.025", "q0.1", "q0.25", "q0.5", "q0.75", "q0.9", "q0.975")
_TEXT = ("commodity", "target_kind", "model", "model_version", "run_id")
_TIMES = ("made_at", "target_at", "last_observed_at", "actual_available_at", "recorded_at")
_NUMBERS = ("last_value", "one_step_mae", *_STATISTICS, "actual")
_UNKNOWN = ("actual", "actual_available_at")  # null until the day is known
_ROWS = 50_000  # read at a time

_log = logging.getLogger("wellhead.database")


def upgrade() -> None:
    connection = op.get_bind()
    folder = get_settings().var / "backtests"
    for commodity in connection.scalars(sa.text("SELECT DISTINCT commodity FROM backtests")).all():
        database = connection.scalar(sa.text("SELECT left(database_id, 8) FROM identity"))
        file = folder / f"{commodity}-{database}.parquet"
        try:
            count = _export(connection, commodity, file)
        except OSError as error:
            raise StorageError(
                f"table backtests cannot be exported to {folder}: {error.strerror}. Nothing was "
                "changed. Make room there, then run `wellhead database upgrade`."
            ) from error
        _log.warning("%s rows of the former table backtests are now in %s.", f"{count:,}", file)
    op.drop_table("backtests")


def _export(connection: sa.Connection, commodity: str, file: Path) -> int:
    """Write the rows of a commodity to a Parquet file; returns how many. Nothing is rounded."""
    schema = pa.schema(
        [(name, pa.string()) for name in _TEXT]
        + [(name, pa.timestamp("us", "UTC")) for name in _TIMES]
        + [("horizon", pa.int64())]
        + [(name, pa.float64()) for name in _NUMBERS]
    )
    columns = ", ".join(f'"{name}"' for name in schema.names)
    query = sa.text(
        f"SELECT {columns} FROM backtests WHERE commodity = :commodity ORDER BY {', '.join(_KEY)}"  # noqa: S608
    )
    count = 0
    with replacing(file) as path, pq.ParquetWriter(path, schema, compression="zstd") as writer:
        result = connection.execute(
            query, {"commodity": commodity}, execution_options={"yield_per": _ROWS}
        )
        for part in result.mappings().partitions():
            writer.write_table(pa.Table.from_pylist([dict(row) for row in part], schema))
            count += len(part)
    return count


def downgrade() -> None:
    """Create the table, empty: the exported rows stay in their files."""
    op.create_table(
        "backtests",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXT),
        *(sa.Column(name, TIMESTAMP(timezone=True), nullable=name in _UNKNOWN) for name in _TIMES),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        *(sa.Column(name, DOUBLE_PRECISION(), nullable=name in _UNKNOWN) for name in _NUMBERS),
        sa.PrimaryKeyConstraint(*_KEY),
    )
