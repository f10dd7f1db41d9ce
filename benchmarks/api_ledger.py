"""Does the time of a read stay the same while the ledger grows from 10^3 to 10^7 rows?

    .venv/bin/python benchmarks/api_ledger.py [largest=10000000]

Fills a fresh embedded database (4 GB for the largest) with nights of six commodities, ten models,
63 days and 13 months; a model has a new version each week, and WTI's champion has forecast for a
year with one. At each size `wrk` asks one API worker for the champion's forecast: every request for
other rows and quantiles, so that each is read from PostgreSQL. Prints the rates and their ratios to
the first. The exit status is 1 if the last is below 90 % of the first.
"""

import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from figures import fresh_database
from serving import PROGRAM, VARIED, server, wrk

from wellhead.tables import STATISTICS
from wellhead.workflows.access.keys import create_key

PORT = 48_220
SIZES = (1_000, 100_000, 10_000_000)
ROWS_A_NIGHT = 6 * 10 * (63 + 13)
GOAL = 0.9
_STATISTICS = ", ".join(f"{70 + place} + h / 10.0" for place in range(8))
_COLUMNS = ", ".join(f'"{name}"' for name in STATISTICS)
_NIGHTS = sa.text(f"""
INSERT INTO ledger (commodity, target_kind, model, model_version, source, made_at, target_at,
                    horizon, {_COLUMNS}, unit, last_observed_at, run_id, code_version, recorded_at)
SELECT commodity, kind, 'model-' || m, CASE WHEN commodity = 'WTI' AND m = 1 AND n > :first
       THEN 'champion' ELSE CAST(n / 5 AS text) END,
       'archive', night, night + h * interval '1 day', h, {_STATISTICS}, 'USD/bbl',
       night, 'run', 'code', night
FROM generate_series(CAST(:begin AS int), CAST(:end AS int)) AS n
CROSS JOIN LATERAL (SELECT timestamptz '2015-01-01' + n * interval '1 day' AS night) AS nights
CROSS JOIN unnest(ARRAY['WTI', 'BRENT', 'HENRY_HUB', 'RBOB', 'HEATING_OIL', 'PROPANE']) AS commodity
CROSS JOIN generate_series(1, 10) AS m
CROSS JOIN (SELECT 'daily' AS kind, generate_series(1, 63) AS h
            UNION ALL SELECT 'monthly', generate_series(0, 12)) AS targets
""")  # noqa: S608 - numbers of our own
_DECISION = sa.text("""
INSERT INTO promotions (commodity, target_kind, decided_at, model, model_version, reason, alarm,
                        recorded_at)
VALUES ('WTI', 'daily', '2015-01-01', 'model-1', 'champion', 'a trial', false, '2015-01-01')
""")


def main() -> None:
    """Fill, ask, print."""
    sizes = [size for size in SIZES if size <= int(sys.argv[1])] if sys.argv[1:] else SIZES
    rates: list[float] = []
    with fresh_database() as engine, tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "varied.lua"
        script.write_text(VARIED)
        with engine.begin() as connection:
            connection.execute(_DECISION)
        key = create_key("benchmark").text
        for before, size in zip((0, *sizes), sizes, strict=False):
            fill(engine, before, size, sizes[-1])
            rates.append(ask(script, key))
            print(f"{size:>12,} rows: {rates[-1]:,.0f} a second, {rates[-1] / rates[0]:.0%}")
    raise SystemExit(rates[-1] < GOAL * rates[0])


def fill(engine: sa.Engine, before: int, size: int, largest: int) -> None:
    """Add nights until the ledger has at least so many rows."""
    nights = [-(-rows // ROWS_A_NIGHT) for rows in (before, size)]
    first = -(-largest // ROWS_A_NIGHT) - 252
    with engine.begin() as connection:
        step = 50
        for begin in range(nights[0] + 1, nights[1] + 1, step):
            end = min(begin + step - 1, nights[1])
            # Before the last year the newest night is the champion's: it needs one forecast.
            asked = {"begin": begin, "end": end, "first": min(first, nights[1] - 1)}
            connection.execute(_NIGHTS, asked)
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(
            sa.text("VACUUM ANALYZE")
        )


def ask(script: Path, key: str) -> float:
    """Reads a second."""
    with server(
        [PROGRAM, "api"], PORT, WELLHEAD_API_PORT=str(PORT), WELLHEAD_API_LIMIT="9999/second"
    ):
        address = f"http://127.0.0.1:{PORT}/v1/forecasts/WTI"
        wrk(address, key, "-s", str(script), seconds=2)
        return wrk(address, key, "-s", str(script), seconds=8).rate


if __name__ == "__main__":
    main()
