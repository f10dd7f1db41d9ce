"""Weekly and monthly bars: the same answers on a plain server and on TimescaleDB."""

import uuid

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.databases import BOTH
from wellhead.calendars import now
from wellhead.database.bars import get_bars, refresh_bars
from wellhead.database.digests import stored_digest
from wellhead.database.operations import get_price_data
from wellhead.database.writing import write_batch
from wellhead.errors import BadDateError, NoDataError

pytestmark = [BOTH, pytest.mark.usefixtures("database")]

WEEK = pd.bdate_range("2020-04-20", periods=5, tz="UTC")  # Monday to Friday
VALUES = [-36.98, 8.91, 13.64, 15.06, 15.99]
COLUMNS = ["average", "open", "high", "low", "close", "days"]


def load(
    days: pd.DatetimeIndex, values: list[float], unit: str = "USD/bbl", source: str = "test"
) -> tuple[int, int]:
    """Store values of days as one batch, known at 23:00 of their day."""
    batch = {
        "batch_id": uuid.uuid4().hex,
        "commodity": "WTI",
        "source": source,
        "frequency": "daily",
        "fetched_at": now(),
        "accepted": True,
        "quality_score": 1.0,
        "rows_received": len(days),
        "rows_missing": 0,
        "rows_quarantined": 0,
        "rules": {},
    }
    rows = pd.DataFrame(
        {
            "commodity": "WTI",
            "source": source,
            "frequency": "daily",
            "observed_at": days,
            "available_at": days + pd.Timedelta(hours=23),
            "value": values,
            "unit": unit,
            "open": None,
            "high": None,
            "low": None,
            "volume": None,
            "batch_id": batch["batch_id"],
        }
    )
    return write_batch(batch, rows, pd.DataFrame())


def walk(first: str, days: int, seed: int = 7) -> tuple[pd.DatetimeIndex, list[float]]:
    """A series of business days that crosses zero."""
    index = pd.bdate_range(first, periods=days, tz="UTC")
    steps = np.random.default_rng(seed).normal(0, 1, days)
    return index, steps.cumsum().tolist()


def _one(bars: pd.DataFrame) -> list[float]:
    (row,) = bars[COLUMNS].to_numpy().tolist()
    return row


def test_a_week_begins_on_monday_and_has_the_bar_of_its_days() -> None:
    load(WEEK, VALUES)
    refresh_bars()
    bars = get_bars("wti", "2020-04-22")
    assert bars["observed_at"].tolist() == [WEEK[0]]
    expected = [sum(VALUES) / 5, -36.98, 15.99, -36.98, 15.99, 5]
    assert _one(bars) == pytest.approx(expected)
    assert bars["unit"].tolist() == ["USD/bbl"]
    assert bars["available_at"].tolist() == [WEEK[-1] + pd.Timedelta(hours=23)]


def test_a_sunday_belongs_to_the_week_before_and_a_first_to_its_month() -> None:
    days = pd.DatetimeIndex(["2020-05-31", "2020-06-01"], tz="UTC")  # Sunday, Monday
    load(days, [1.0, 2.0])
    refresh_bars()
    weeks = pd.DatetimeIndex(["2020-05-25", "2020-06-01"], tz="UTC")
    months = pd.DatetimeIndex(["2020-05-01", "2020-06-01"], tz="UTC")
    assert get_bars("WTI", "2020-05-01")["observed_at"].tolist() == list(weeks)
    monthly = get_bars("WTI", "2020-05-01", period="monthly")
    assert monthly["observed_at"].tolist() == list(months)


@pytest.mark.parametrize("period", ["weekly", "monthly"])
def test_bars_over_decades_are_those_computed_from_the_prices(period: str) -> None:
    load(*walk("1986-01-02", 2_500))
    load(*walk("1986-01-02", 2_500, seed=8))  # every day revised
    refresh_bars()
    load(*walk("2001-01-01", 300))  # newer than the last refresh: added while reading
    bars = get_bars("WTI", "1980-01-01", period=period)
    computed = get_bars("WTI", "1980-01-01", period=period, as_of=now())
    pd.testing.assert_frame_equal(bars, computed, check_dtype=False, rtol=1e-12)
    assert bars["low"].min() < 0
    assert bars["days"].sum() == 2_800


def test_a_revision_of_an_old_day_reaches_exactly_its_week_and_its_month() -> None:
    load(*walk("1990-01-01", 1_000))
    refresh_bars()
    before = get_bars("WTI", "1990-01-01"), get_bars("WTI", "1990-01-01", period="monthly")
    day = pd.DatetimeIndex(["1991-07-03"], tz="UTC")
    assert load(day, [999.0]) == (0, 1)
    refresh_bars()
    for old, period, first in (
        (before[0], "weekly", "1991-07-01"),
        (before[1], "monthly", "1991-07-01"),
    ):
        new = get_bars("WTI", "1990-01-01", period=period)
        changed = new["observed_at"][(new["high"] != old["high"])]
        assert changed.tolist() == [pd.Timestamp(first, tz="UTC")]
        assert new["high"].max() == 999.0


def test_a_late_day_is_counted() -> None:
    load(WEEK[[0, 1, 3, 4]], [1.0, 2.0, 4.0, 5.0])
    refresh_bars()
    assert _one(get_bars("WTI", WEEK[0])) == [3.0, 1.0, 5.0, 1.0, 5.0, 4]
    load(WEEK[[2]], [30.0])
    refresh_bars()
    assert _one(get_bars("WTI", WEEK[0])) == [8.4, 1.0, 30.0, 1.0, 5.0, 5]


def test_the_next_refresh_includes_rows_of_a_killed_program() -> None:
    """TimescaleDB records a change in the transaction that makes it."""
    load(*walk("1990-01-01", 500))
    refresh_bars()
    load(pd.DatetimeIndex(["1990-05-02"], tz="UTC"), [777.0])  # killed before its refresh
    load(pd.DatetimeIndex(["1991-05-02"], tz="UTC"), [888.0])  # the next load, of other days
    refresh_bars()
    assert get_bars("WTI", "1990-05-02", "1990-05-02")["high"].tolist() == [777.0]
    assert get_bars("WTI", "1991-05-02", "1991-05-02")["high"].tolist() == [888.0]


def test_a_refresh_without_new_rows_changes_nothing() -> None:
    load(WEEK, VALUES)
    for _ in range(3):
        refresh_bars()
    assert _one(get_bars("WTI", WEEK[0]))[-1] == 5


def test_a_week_in_which_the_unit_changed_is_one_bar_a_unit() -> None:
    load(WEEK[:2], [42.0, 84.0], unit="USD/bbl")
    load(WEEK[2:3], [3.0], unit="USD/gal")
    refresh_bars()
    bars = get_bars("WTI", WEEK[0])
    assert bars["unit"].tolist() == ["USD/bbl", "USD/gal"]
    assert bars["days"].tolist() == [2, 1]
    load(WEEK[:2], [1.0, 2.0], unit="USD/gal")  # revised to another unit
    refresh_bars()
    assert _one(get_bars("WTI", WEEK[0])) == [2.0, 1.0, 3.0, 1.0, 3.0, 3]


def test_bars_as_of_a_moment_stay_as_they_were() -> None:
    load(WEEK, VALUES)
    then = now()
    before = get_bars("WTI", WEEK[0], as_of=then)
    load(WEEK, [value + 1 for value in VALUES])
    refresh_bars()
    after = get_bars("WTI", WEEK[0], as_of=then)
    assert after.to_csv() == before.to_csv()
    assert get_bars("WTI", WEEK[0])["close"].tolist() == [VALUES[-1] + 1]


def test_the_first_and_the_last_bar_are_whole() -> None:
    load(*walk("2020-01-01", 100))
    refresh_bars()
    bars = get_bars("WTI", "2020-02-14", "2020-03-12", period="monthly")
    assert bars["observed_at"].dt.month.tolist() == [2, 3]
    assert bars["days"].tolist() == [20, 22]
    pinned = get_bars("WTI", "2020-02-14", "2020-03-12", period="monthly", as_of=now())
    assert pinned["days"].tolist() == [20, 22]


def test_sources_are_not_mixed_and_the_freshest_is_read() -> None:
    load(WEEK, VALUES, source="old")
    load(WEEK[-1:] + pd.Timedelta(days=7), [1.0], source="new")
    refresh_bars()
    assert set(get_bars("WTI", WEEK[0])["source"]) == {"new"}
    assert get_bars("WTI", WEEK[0], source="old")["days"].tolist() == [5]


def test_wrong_requests_are_clear_errors() -> None:
    with pytest.raises(NoDataError, match="no daily observations of WTI are stored"):
        get_bars("WTI", "2020-01-01")
    load(WEEK, VALUES)
    with pytest.raises(NoDataError, match="from 2021-01-04 on"):
        get_bars("WTI", "2021-01-05")
    with pytest.raises(BadDateError, match="lies before"):
        get_bars("WTI", "2020-06-01", "2020-05-01")


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    loads=st.lists(
        st.dictionaries(st.integers(0, 40), st.sampled_from([0.0, -36.98, 18.31]), min_size=1),
        min_size=1,
        max_size=4,
    )
)
def test_after_any_loads_the_bars_are_those_of_the_newest_prices(
    loads: list[dict[int, float]], database: sa.Engine
) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("TRUNCATE observations, batches"))
    every_day = pd.date_range("2020-01-01", periods=41, tz="UTC")
    for values in loads:
        load(every_day[list(values)], list(values.values()))
        refresh_bars()
    prices = get_price_data("WTI", "2020-01-01")
    bars = get_bars("WTI", "2020-01-01")
    expected = get_bars("WTI", "2020-01-01", as_of=now())
    pd.testing.assert_frame_equal(bars, expected, check_dtype=False, rtol=1e-12)
    assert bars["days"].sum() == len(prices)


def compress_all(database: sa.Engine) -> int:
    """Compress every chunk of the observations; 0 on a plain server, which has none."""
    with database.begin() as connection:
        if connection.scalar(sa.text("SELECT to_regproc('compress_chunk')")) is None:
            return 0
        query = "SELECT count(compress_chunk(c)) FROM show_chunks('observations') AS c"
        return int(connection.scalar(sa.text(query)) or 0)


class TestCompression:
    def test_loads_and_revisions_go_into_compressed_chunks(self, database: sa.Engine) -> None:
        days, values = walk("1986-01-02", 6_000)  # over 23 years: five chunks
        load(days, values)
        compressed = compress_all(database)
        digest = stored_digest("WTI", "test")
        assert load(days, values) == (0, 0)
        assert stored_digest("WTI", "test") == digest
        assert load(days[[10, 5_000]], [1.5, -2.5]) == (0, 2)
        assert load(days[-1:] + pd.Timedelta(days=4), [3.0]) == (1, 0)
        prices = get_price_data("WTI", "1986-01-01").set_index("observed_at")["value"]
        assert len(prices) == 6_001
        assert prices[days[[10, 5_000]]].tolist() == [1.5, -2.5]
        if compressed:
            assert compressed == 5

    def test_a_stored_row_is_skipped_and_the_next_one_is_inserted(
        self, database: sa.Engine
    ) -> None:
        """In TimescaleDB 2.17 such an insert stopped at the first conflict (its issue 7672)."""
        load(WEEK[:3], VALUES[:3])
        compress_all(database)
        day = "'{}'::timestamptz, '{}'::timestamptz + interval '23 hours', 1, 'USD/bbl'"
        rows = ", ".join(
            f"('WTI', 'test', 'daily', {day.format(at, at)}, NULL, NULL, NULL, NULL, 'b', now())"
            for at in WEEK
        )
        with database.begin() as connection:
            insert = f"INSERT INTO observations VALUES {rows} ON CONFLICT DO NOTHING"  # noqa: S608
            assert connection.execute(sa.text(insert)).rowcount == 2

    def test_bars_follow_a_revision_in_a_compressed_chunk(self, database: sa.Engine) -> None:
        load(WEEK, VALUES)
        refresh_bars()
        compress_all(database)
        load(WEEK[:1], [-37.63])
        refresh_bars()
        assert get_bars("WTI", WEEK[0])["low"].tolist() == [-37.63]
