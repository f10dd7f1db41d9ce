"""How many years of prices a chunk should hold: reads, size and refreshes by chunk interval.

    .venv/bin/python benchmarks/chunks.py ADDRESS

ADDRESS is an empty database on a server with TimescaleDB; everything created there is dropped
again. Twenty series of 40 years of business days (10,307 rows each), one vintage per day. Each time
is the median of eleven.
"""

import json
import statistics
import sys
import time

import psycopg

TABLE = """
    CREATE TABLE chunk_trial (
        commodity text, source text, frequency text, observed_at timestamptz,
        available_at timestamptz, value float8 NOT NULL, unit text NOT NULL, open float8,
        high float8, low float8, volume float8, batch_id text NOT NULL, recorded_at timestamptz,
        PRIMARY KEY (commodity, source, frequency, observed_at, available_at))
"""
ROWS = """
    INSERT INTO chunk_trial
    SELECT 'S' || s, 'csv', 'daily', d, d + interval '23 hours',
           round((50 + 20 * sin(extract(epoch FROM d) / 1e7) + random())::numeric, 2), 'USD/bbl',
           NULL, NULL, NULL, NULL, 'b' || s, d + interval '23 hours'
      FROM generate_series(1, 20) AS s,
           generate_series('1986-01-01'::timestamptz, '2025-06-30', '1 day') AS d
     WHERE extract(isodow FROM d) < 6
"""
READ = """
    EXPLAIN (ANALYZE, FORMAT JSON)
    SELECT DISTINCT ON (observed_at) * FROM chunk_trial
     WHERE commodity = 'S7' AND source = 'csv' AND frequency = 'daily' AND available_at <= now()
       AND observed_at >= '{since}' ORDER BY observed_at, available_at DESC
"""
REVISE = """
    INSERT INTO chunk_trial SELECT commodity, source, frequency, observed_at, now(), value + 1,
           unit, open, high, low, volume, batch_id, now() FROM chunk_trial
     WHERE commodity = 'S7' AND observed_at = '1991-05-01' LIMIT 1 ON CONFLICT DO NOTHING
"""


def main(address: str) -> None:
    """Print a row of the table for each interval."""
    head = ("years", "chunks", "MiB", "compressed", "40 years ms", "1 year ms", "revision ms")
    print(" | ".join(head))
    with psycopg.connect(address, autocommit=True, prepare_threshold=None) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        for years in (1, 2, 5, 10, 20):
            print(" | ".join(map(str, measure(connection, years))))


def measure(connection: psycopg.Connection[tuple[object, ...]], years: int) -> list[object]:
    """One row: everything but the newest chunk is compressed."""
    run = connection.execute
    run("DROP TABLE IF EXISTS chunk_trial")
    run(TABLE)
    interval = f"by_range('observed_at', INTERVAL '{years} years')"
    run(f"SELECT create_hypertable('chunk_trial', {interval}, create_default_indexes => false)")
    run(ROWS)
    run(
        "ALTER TABLE chunk_trial SET (timescaledb.compress, timescaledb.compress_segmentby = "
        "'commodity, source, frequency', timescaledb.compress_orderby = "
        "'observed_at, available_at')"
    )
    before = one(connection, "SELECT hypertable_size('chunk_trial') / 1048576.0")
    old = "show_chunks('chunk_trial', older_than => INTERVAL '1 year')"
    run(f"SELECT count(compress_chunk(c)) FROM {old} AS c")  # noqa: S608
    run("ANALYZE chunk_trial")
    after = one(connection, "SELECT hypertable_size('chunk_trial') / 1048576.0")
    chunks = one(connection, "SELECT count(*) FROM show_chunks('chunk_trial')")
    reads = [median(connection, READ.format(since=day)) for day in ("1986-01-01", "2024-07-01")]
    revision = statistics.median(timed(connection, REVISE) for _ in range(11))
    run("DROP TABLE chunk_trial")
    sizes = [f"{float(str(size)):.1f}" for size in (before, after)]
    return [years, chunks, *sizes, *(f"{read:.1f}" for read in (*reads, revision))]


def one(connection: psycopg.Connection[tuple[object, ...]], query: str) -> object:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def median(connection: psycopg.Connection[tuple[object, ...]], query: str) -> float:
    """Milliseconds of planning and execution, as the server counts them."""
    plans = []
    for _ in range(11):
        plan = one(connection, query)
        (measured,) = json.loads(plan) if isinstance(plan, str) else plan  # type: ignore[misc]
        plans.append(measured["Planning Time"] + measured["Execution Time"])
    return statistics.median(plans)


def timed(connection: psycopg.Connection[tuple[object, ...]], query: str) -> float:
    began = time.perf_counter()
    connection.execute(query)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main(sys.argv[1])
