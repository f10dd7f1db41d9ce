"""Speed of storing a batch with all its checks, compared with two ways that check nothing.

    .venv/bin/python benchmarks/upsert.py [--repeat 3] [--sizes 10000,100000,1000000]
                                          [--to-sql-up-to 100000]

Into the same table with its primary key, in a fresh embedded database, interleaved:

- `write_batch`: staging, comparison with stored rows, the rows, the record of the batch;
- a bare COPY of the same frame, its text prepared in advance, so that only the server is timed;
- the same COPY including the preparation of the text by pyarrow, as ours includes its packing;
- `pandas.DataFrame.to_sql(method="multi")`, 1,000 rows per statement, because PostgreSQL takes at
  most 65,535 parameters. Its time is proportional to rows, so a result for 100,000 rows holds for a
  million.

Then the same rows again (nothing is to be written), all rows with a changed value, and the growth
of this process's memory. Every way is timed to its commit; the table is emptied in between. Exits
with status 1 if ours is slower than 40 % of a bare COPY, or less than ten times as fast as to_sql.
"""

import argparse
import io
import math
from collections.abc import Callable, Iterator

import pandas as pd
import psycopg
import pyarrow as pa
import sqlalchemy as sa
from figures import batch, fresh_database, median, peak_growth, require, seconds
from pyarrow import csv

NOTHING = pd.DataFrame()
OF_COPY, TIMES_TO_SQL = 0.4, 10  # goals
COPY = "COPY observations FROM STDIN (FORMAT CSV)"


def series(rows: int) -> pd.DataFrame:
    """One row an hour from 1900, known 23 hours later, with a bar and no volume."""
    hours = pd.date_range("1900-01-01", periods=rows, freq="h", tz="UTC").as_unit("us")
    values = pd.Series(range(rows)) % 9973 / 100 - 36.98
    return pd.DataFrame(
        {
            "commodity": "WTI",
            "source": "benchmark",
            "frequency": "daily",
            "observed_at": hours,
            "available_at": hours + pd.Timedelta(hours=23),
            "value": values,
            "unit": "USD/bbl",
            "open": values + 0.25,
            "high": values + 1,
            "low": values - 1,
            "volume": float("nan"),
            "batch_id": "b" * 32,
            "recorded_at": pd.Timestamp("2026-01-01", tz="UTC"),
        }
    )


def as_csv(frame: pd.DataFrame) -> Iterator[bytes]:
    """The frame as text, in pieces."""
    for first in range(0, len(frame), 50_000):
        table = pa.Table.from_pandas(frame.iloc[first : first + 50_000], preserve_index=False)
        piece = io.BytesIO()
        csv.write_csv(table, piece, csv.WriteOptions(include_header=False))
        yield piece.getvalue()


def copy(engine: sa.Engine, pieces: Iterator[bytes]) -> None:
    """A bare COPY, committed."""
    raw = engine.raw_connection()
    driver: psycopg.Connection = raw.driver_connection
    with driver.cursor() as cursor, cursor.copy(COPY) as out:
        for piece in pieces:
            out.write(piece)
    driver.commit()
    raw.close()


def ways(engine: sa.Engine, frame: pd.DataFrame) -> dict[str, Callable[[], object]]:
    """The competitors."""
    text = list(as_csv(frame))
    multi = {"if_exists": "append", "index": False, "method": "multi", "chunksize": 1_000}
    return {
        "ours": lambda: ours(frame),
        "copy": lambda: copy(engine, iter(text)),
        "copy+text": lambda: copy(engine, as_csv(frame)),
        "to_sql": lambda: frame.to_sql("observations", engine, **multi),
    }


def ours(frame: pd.DataFrame) -> tuple[int, int]:
    """`write_batch` of the frame; recorded_at and batch_id are its own business."""
    from wellhead.database.writing import write_batch

    rows = frame.drop(columns=["batch_id", "recorded_at"])
    return write_batch(batch("WTI", "benchmark", len(rows)), rows, NOTHING)


def empty(engine: sa.Engine) -> None:
    """An empty table, and the server's dirty pages written, so that no way pays for another."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("TRUNCATE observations, batches"))
        connection.execute(sa.text("CHECKPOINT"))


def compare(engine: sa.Engine, rows: int, repeat: int, to_sql: bool) -> dict[str, float]:
    """Median seconds of each way at one size; then again with the same and with changed rows."""
    frame = series(rows)
    times: dict[str, list[float]] = {} if to_sql else {"to_sql": [float("nan")]}
    for _ in range(repeat):
        for name, work in ways(engine, frame).items():
            if name == "to_sql" and not to_sql:
                continue
            empty(engine)
            times.setdefault(name, []).append(seconds(work))
        empty(engine)
        counts = [ours(frame)]
        times.setdefault("again", []).append(seconds(lambda: counts.append(ours(frame))))  # noqa: B023
        changed = frame.assign(value=frame["value"] + 1)
        times.setdefault("revised", []).append(seconds(lambda: counts.append(ours(changed))))  # noqa: B023
        if counts != [(rows, 0), (0, 0), (0, rows)]:
            raise SystemExit(f"wrong counts: {counts}")
    return {name: median(each) for name, each in times.items()}


def main() -> None:
    """Print a table of medians, of ratios, and the growth of memory."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--to-sql-up-to", type=int, default=100_000)
    options = parser.parse_args()
    sizes, claims = [int(size) for size in options.sizes.split(",")], {}
    with fresh_database() as engine:
        ours(series(1_000))  # connections, caches
        print(
            f"{'rows':>9} {'ours':>8} {'copy':>8} {'copy+text':>10} {'to_sql':>8} {'again':>8} "
            f"{'revised':>8} s | {'rows/s':>8} {'of copy':>8} {'of copy+text':>13} "
            f"{'x to_sql':>9} | memory"
        )
        for rows in sizes:
            t = compare(engine, rows, options.repeat, rows <= options.to_sql_up_to)
            claims |= targets(rows, t)
            empty(engine)
            frame = series(rows)
            grown = peak_growth(lambda: ours(frame))  # noqa: B023
            print(
                f"{rows:>9} {t['ours']:8.3f} {t['copy']:8.3f} {t['copy+text']:10.3f} "
                f"{t['to_sql']:8.2f} {t['again']:8.3f} {t['revised']:8.3f} s | "
                f"{rows / t['ours']:8.0f} {t['copy'] / t['ours']:8.0%} "
                f"{t['copy+text'] / t['ours']:13.0%} {t['to_sql'] / t['ours']:8.1f}x | "
                f"{grown:.0f} MiB",
                flush=True,
            )
    require(claims)


def targets(rows: int, t: dict[str, float]) -> dict[str, bool]:
    """What is to be reached, and whether it was; of to_sql where it was timed."""
    of_copy, times = t["copy"] / t["ours"], t["to_sql"] / t["ours"]
    claims = {f"{rows} rows: {OF_COPY:.0%} of a bare COPY": of_copy >= OF_COPY}
    if not math.isnan(times):
        claims[f"{rows} rows: {TIMES_TO_SQL} times to_sql"] = times >= TIMES_TO_SQL
    return claims


if __name__ == "__main__":
    main()
