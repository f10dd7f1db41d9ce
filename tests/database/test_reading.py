"""Reads: their frames, and that they use the index."""

import pandas as pd
import pytest
import sqlalchemy as sa

from tests.database.batches import DAYS, NOTHING, VALUES, batch, observations, series
from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import (
    get_price_data,
    is_stored,
    read_table,
    read_values,
    stored_frequencies,
    stored_sources,
    stored_spans,
)
from wellhead.database.writing import write_batch
from wellhead.settings import get_settings

pytestmark = pytest.mark.usefixtures("database")


def load(commodity: str, source: str, frequency: str, rows: int) -> None:
    named = {"commodity": commodity, "source": source, "frequency": frequency}
    write_batch(batch() | named, series(rows).assign(**named), NOTHING)


def test_prices_have_their_columns_and_types_whatever_is_missing() -> None:
    write_batch(batch(), observations(VALUES).assign(open=[17.73, *[None] * 5]), NOTHING)
    prices = get_price_data("WTI", "2020-01-01")
    clock, text, number = "datetime64[us, UTC]", "str", "float64"
    assert {name: str(kind) for name, kind in prices.dtypes.items()} == {
        "commodity": text,
        "source": text,
        "frequency": text,
        "observed_at": clock,
        "available_at": clock,
        "value": number,
        "unit": text,
        "open": number,
        "high": number,
        "low": number,
        "volume": number,
        "recorded_at": clock,
    }
    assert prices["observed_at"].tolist() == list(DAYS)
    assert prices.index.equals(pd.RangeIndex(len(DAYS)))
    assert prices["open"].tolist()[0] == 17.73
    assert prices["open"].isna().sum() == 5


def test_an_empty_table_has_its_columns_and_its_clocks() -> None:
    runs = read_table("pipeline_runs")
    assert runs.empty
    assert str(runs["ended_at"].dtype) == "datetime64[us, UTC]"


def test_every_series_is_found_with_its_first_and_last_day_and_its_rows() -> None:
    wanted = [
        ("BRENT", "eia", "daily", 5),
        ("WTI", "archive", "daily", 7),
        ("WTI", "eia", "daily", 2),
        ("WTI", "eia", "monthly", 3),
        ("WTI_FRONT", "eia", "daily", 1),
    ]
    for one in reversed(wanted):
        load(*one)
    spans = stored_spans()
    keys = ["commodity", "source", "frequency", "rows"]
    assert list(spans[keys].itertuples(index=False, name=None)) == wanted
    assert spans["first"].eq(pd.Timestamp("1990-01-01", tz="UTC")).all()
    hours = (spans["last"] - spans["first"]) / pd.Timedelta(hours=1)
    assert (hours + 1).tolist() == [rows for *_, rows in wanted]
    mine = spans[spans["source"] == "eia"].reset_index(drop=True)
    pd.testing.assert_frame_equal(stored_spans("eia"), mine)
    assert stored_spans("fred").empty
    assert [is_stored("BRENT", source) for source in ("eia", "archive")] == [True, False]


def test_of_each_commodity_the_finest_frequency_is_found_without_counting_rows(
    database: sa.Engine,
) -> None:
    for key, source, frequency in (
        ("BRENT", "eia", "monthly"),
        ("WTI", "eia", "monthly"),
        ("WTI", "eia", "weekly"),
        ("WTI", "eia", "daily"),
        ("WTI", "fred", "weekly"),
    ):
        load(key, source, frequency, 2)
    statements: list[str] = []
    sa.event.listen(database, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert stored_frequencies("eia") == {"BRENT": "monthly", "WTI": "daily"}
    assert stored_frequencies("fred") == {"WTI": "weekly"}
    assert stored_frequencies("csv") == {}
    assert not any("count(" in statement for statement in statements)


def test_of_equally_fresh_sources_the_one_in_the_settings_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for source in ("archive", "eia", "fred"):
        load("WTI", source, "daily", 5)
    load("WTI", "yahoo", "weekly", 50)  # newer, and of another frequency
    for chosen, expected in (("eia", "eia"), ("archive", "archive"), ("csv", "fred")):
        monkeypatch.setattr(get_settings(), "source", chosen)
        assert set(get_price_data("WTI", "1990-01-01")["source"]) == {expected}


def test_a_series_is_read_along_the_index_without_sorting(database: sa.Engine) -> None:
    """The plan of the statement itself, on a server where an index seems expensive."""
    for source in ("one", "two", "three"):
        load("WTI", source, "daily", 2_000)
    with database.begin() as connection:
        connection.execute(sa.text("ANALYZE observations"))
        connection.execute(
            sa.text(f"ALTER DATABASE {database.url.database} SET random_page_cost = 1000")
        )
    database.dispose()  # new connections have the new cost
    plans: list[str] = []

    def explain(connection, cursor, statement, parameters, *_: object) -> None:
        if "DISTINCT ON" in statement and not statement.startswith("EXPLAIN"):
            cursor.execute(f"EXPLAIN {statement}", parameters)
            plans.append("\n".join(line for (line,) in cursor.fetchall()))

    sa.event.listen(database, "before_cursor_execute", explain)
    get_price_data("WTI", "1990-01-01", source="two")
    (plan,) = plans
    assert "Index Scan Backward using observations_pkey" in plan
    assert "Sort" not in plan


def test_the_first_prices_of_a_range_are_read_alone_and_in_their_newest_vintage() -> None:
    write_batch(batch(), observations(VALUES), NOTHING)
    revised = observations([value + 1 for value in VALUES], known=DAYS + pd.Timedelta(days=30))
    write_batch(batch(), revised, NOTHING)
    every = get_price_data("WTI", "2020-04-16", "2020-04-21")
    assert every["value"].tolist() == [value + 1 for value in VALUES[1:5]]
    for limit in (1, 3, 4, 10):
        first = get_price_data("WTI", "2020-04-16", "2020-04-21", limit=limit)
        pd.testing.assert_frame_equal(first, every.head(limit))
    then = get_price_data("WTI", as_of=DAYS[-1] + pd.Timedelta(days=1), limit=2)
    assert then["value"].tolist() == VALUES[:2]
    values = read_values(SeriesKey("WTI", "test"))
    pd.testing.assert_frame_equal(
        values, get_price_data("WTI")[["observed_at", "available_at", "value"]]
    )
    assert read_values(SeriesKey("WTI", "other")).empty
    assert stored_sources("WTI") == ["test"]
