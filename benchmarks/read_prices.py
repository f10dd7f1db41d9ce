"""Time to read one series as of a moment from a table of ten million rows.

    .venv/bin/python benchmarks/read_prices.py [--series 320] [--repeat 15]

A fresh embedded database holds 40 years of weekdays, three vintages per day, of many series
(sources of the catalogue's instruments), each written by `write_batch`. Interleaved:

- `get_price_data` with `as_of` and `source`; and without `source`, where it finds the freshest;
- plain SELECTs of the same rows and columns, by the primary key, from a table with only the latest
  vintage of every day, so that none has to be selected: once into a DataFrame by
  `pandas.read_sql`, once into the driver's tuples.
"""

import argparse

import pandas as pd
import sqlalchemy as sa
from figures import batch, fresh_database, median, require, seconds

START, END, VINTAGES = "1985-01-01", "2024-12-31", 3
AS_OF = "2025-12-31"
PEERS = ("plain SELECT to a frame", "plain SELECT to tuples")
OF_SELECT = 3  # goal: at most this ratio
COLUMNS = (
    "commodity, source, frequency, observed_at, available_at, "
    "value, unit, open, high, low, volume, recorded_at"
)


def series(commodity: str, source: str) -> pd.DataFrame:
    """40 years of weekdays with three vintages each, a month apart."""
    days = pd.bdate_range(START, END, tz="UTC").as_unit("us").repeat(VINTAGES)
    vintage = pd.Series(range(len(days))) % VINTAGES
    values = pd.Series(range(len(days))) % 9973 / 100 - 36.98 + vintage
    return pd.DataFrame(
        {
            "commodity": commodity,
            "source": source,
            "frequency": "daily",
            "observed_at": days,
            "available_at": days + pd.to_timedelta(vintage * 30, unit="D") + pd.Timedelta("23h"),
            "value": values,
            "unit": "USD/bbl",
            "open": values,
            "high": values + 1,
            "low": values - 1,
            "volume": None,
        }
    )


def fill(engine: sa.Engine, wanted: int) -> int:
    """Write that many series; returns the rows of the table."""
    from wellhead.catalogue.entries import catalogue
    from wellhead.database.writing import write_batch

    keys = list(catalogue())
    for number in range(wanted):
        key, source = keys[number % len(keys)], f"source-{number // len(keys):02d}"
        rows = series(key, source)
        write_batch(batch(key, source, len(rows)), rows, pd.DataFrame())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        latest = "SELECT DISTINCT ON (commodity, source, frequency, observed_at) * "
        connection.execute(sa.text("CREATE TABLE plain (LIKE observations INCLUDING ALL)"))
        connection.execute(
            sa.text(
                f"INSERT INTO plain {latest} FROM observations ORDER BY commodity, source, "
                "frequency, observed_at, available_at DESC"
            )
        )
        connection.execute(sa.text("VACUUM ANALYZE"))
        return int(connection.scalar(sa.text("SELECT count(*) FROM observations")))


def main() -> None:
    """Print the median milliseconds of each way and the ratio of ours to the plain ones."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--series", type=int, default=320)
    parser.add_argument("--repeat", type=int, default=15)
    options = parser.parse_args()
    with fresh_database() as engine:
        took = seconds(lambda: print(f"{fill(engine, options.series):,} rows", end=" "))
        print(f"of {options.series} series written in {took:.0f} s")
        measure(engine, options.repeat)


def measure(engine: sa.Engine, repeat: int) -> None:
    """Time each way in turn."""
    from wellhead.database.digests import stored_digest
    from wellhead.database.operations import get_price_data, stored_spans

    plain = sa.text(
        f"SELECT {COLUMNS} FROM plain "  # noqa: S608 (the columns stand above)
        "WHERE commodity = 'WTI' AND source = 'source-00' AND frequency = 'daily' "
        "AND observed_at >= CAST(:start AS timestamptz) ORDER BY observed_at"
    ).bindparams(start=START)

    def select_frame() -> pd.DataFrame:
        with engine.connect() as connection:
            return pd.read_sql(plain, connection)

    def select_tuples() -> object:
        with engine.connect() as connection:
            return connection.execute(plain).cursor.fetchall()

    def ours() -> pd.DataFrame:
        return get_price_data("WTI", START, as_of=AS_OF, source="source-00")

    if ours().to_csv() != select_frame().to_csv():
        raise SystemExit("the ways do not give the same rows")
    ways = {
        "ours": ours,
        "ours, source not named": lambda: get_price_data("WTI", START, as_of=AS_OF),
        "plain SELECT to a frame": select_frame,
        "plain SELECT to tuples": select_tuples,
        "stored_digest": lambda: stored_digest("WTI", "source-00"),
        "stored_spans of a source": lambda: stored_spans("source-00"),
        "stored_spans of all": stored_spans,
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repeat):
        for name, work in ways.items():
            if name != "stored_spans of all" or turn < 3:
                times[name].append(seconds(work))
    medians = {name: median(each) for name, each in times.items()}
    claims = {}
    for name, each in medians.items():
        ratios = {peer: each / medians[peer] for peer in PEERS if name.startswith("ours")}
        ratios_text = "".join(f"   {ratio:5.2f} x {peer}" for peer, ratio in ratios.items())
        print(f"{name:>26} {each * 1e3:8.1f} ms{ratios_text}")
        for peer, ratio in ratios.items():
            claims[f"{name}: at most {OF_SELECT} times {peer}"] = ratio <= OF_SELECT
    require(claims)


if __name__ == "__main__":
    main()
