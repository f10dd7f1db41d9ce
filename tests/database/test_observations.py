"""Point in time: three clocks, idempotent loads, revisions as new rows."""

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.database.batches import DAYS, NOTHING, VALUES, batch, observations
from tests.databases import BOTH
from wellhead.calendars import now
from wellhead.catalogue.series import SeriesKey
from wellhead.database.digests import stored_digest
from wellhead.database.operations import get_price_data, get_vintages, read_table
from wellhead.database.writing import write_batch
from wellhead.errors import BadDateError, NoDataError, UnknownCommodityError


def load(values: list[float], days: pd.DatetimeIndex = DAYS, source: str = "test") -> tuple:
    """Store values of some days as one batch, known at 23:00 of their day."""
    rows = observations(values, days, source=source)
    return write_batch(batch(len(rows), source), rows, NOTHING)


@BOTH
@pytest.mark.usefixtures("database")
class TestLoads:
    def test_what_is_stored_comes_back_signed_sorted_and_in_utc(self) -> None:
        load(VALUES[::-1], DAYS[::-1])
        prices = get_price_data(commodity="WTI", start_date="2020-04-01")
        assert prices["value"].tolist() == VALUES
        assert prices["observed_at"].tolist() == list(DAYS)
        for clock in ("observed_at", "available_at", "recorded_at"):
            assert str(prices[clock].dt.tz) == "UTC"
        assert set(prices["unit"]) == {"USD/bbl"}

    def test_loading_the_same_again_adds_nothing(self) -> None:
        assert load(VALUES) == (6, 0)
        digest = stored_digest("WTI", "test")
        assert load(VALUES) == (0, 0)
        assert stored_digest("WTI", "test") == digest
        assert len(read_table("batches")) == 2

    def test_a_changed_value_is_a_new_row_and_the_past_still_sees_the_old(self) -> None:
        load(VALUES)
        before = now()
        assert load([*VALUES[:3], -37.63, *VALUES[4:]]) == (0, 1)
        assert get_price_data("WTI", "2020-04-20", "2020-04-20")["value"].tolist() == [-37.63]
        then = get_price_data("WTI", "2020-04-20", "2020-04-20", as_of=before)
        assert then["value"].tolist() == [-36.98]
        assert len(get_vintages(SeriesKey("WTI", "test"))) == 7

    def test_a_revision_back_to_the_first_value_is_kept_as_well(self) -> None:
        load(VALUES)
        load([20.0, *VALUES[1:]])
        assert load(VALUES) == (0, 1)
        assert get_price_data("WTI", "2020-04-15", "2020-04-15")["value"].tolist() == [19.96]

    def test_a_later_load_that_lacks_days_takes_none_away(self) -> None:
        load(VALUES)
        load(VALUES[:2], DAYS[:2])
        assert len(get_price_data("WTI", "2020-04-01")) == 6

    def test_nothing_is_visible_before_it_was_available(self) -> None:
        load(VALUES)
        seen = get_price_data("WTI", "2020-04-01", as_of="2020-04-20T22:59:59Z")
        assert seen["observed_at"].max() == pd.Timestamp("2020-04-17", tz="UTC")
        seen = get_price_data("WTI", "2020-04-01", as_of="2020-04-20T23:00:00Z")
        assert seen["value"].iloc[-1] == -36.98

    def test_sources_are_never_mixed_and_the_freshest_is_read(self) -> None:
        load([float(day) for day in range(6)], source="old")
        load([100.0], DAYS[-1:] + pd.offsets.BDay(1), source="new")
        assert set(get_price_data("WTI", "2020-04-01")["source"]) == {"new"}
        assert len(get_price_data("WTI", "2020-04-01", source="old")) == 6

    def test_a_failed_write_leaves_nothing_behind(self) -> None:
        with pytest.raises(sa.exc.IntegrityError):
            load([*VALUES[:5], float("inf")])
        assert read_table("observations").empty
        assert read_table("batches").empty

    def test_a_pinned_read_always_returns_the_same(self) -> None:
        load(VALUES)
        pinned = now()
        before = get_price_data("WTI", "2020-01-01", as_of=pinned)
        load([value + 1 for value in VALUES])
        load([1.0], DAYS[:1] - pd.offsets.BDay(1))
        after = get_price_data("WTI", "2020-01-01", as_of=pinned)
        assert after.to_csv() == before.to_csv()

    def test_a_day_that_arrives_late_is_known_from_then_on_only(self) -> None:
        gap = [0, 1, 3, 4, 5]
        load([VALUES[i] for i in gap], DAYS[gap])
        before = now()
        assert load(VALUES) == (1, 0)
        seen_then = get_price_data("WTI", "2020-04-01", as_of=before)
        assert DAYS[2] not in set(seen_then["observed_at"])
        assert get_price_data("WTI", "2020-04-01")["value"].tolist() == VALUES


@BOTH
@pytest.mark.usefixtures("database")
class TestRequests:
    def test_wrong_requests_are_clear_errors(self) -> None:
        load(VALUES)
        with pytest.raises(UnknownCommodityError, match=r"'GOLD'.*WTI, BRENT"):
            get_price_data("GOLD", "2020-01-01")
        with pytest.raises(BadDateError, match="start_date 'soon' is not a date"):
            get_price_data("WTI", "soon")
        with pytest.raises(BadDateError, match="lies before"):
            get_price_data("WTI", "2020-04-20", "2020-04-01")
        with pytest.raises(NoDataError, match="holds 2020-04-15 to 2020-04-22"):
            get_price_data("WTI", "2024-01-01")
        with pytest.raises(NoDataError, match="no daily observations of BRENT are stored"):
            get_price_data("BRENT", "2024-01-01")

    def test_without_dates_everything_is_read(self) -> None:
        load(VALUES, DAYS - pd.Timedelta(days=70_000))  # 1828: no date is early enough to guess
        assert get_price_data("WTI")["value"].tolist() == VALUES
        assert get_price_data("WTI", end_date="1828-08-22")["value"].tolist() == VALUES[:3]
        with pytest.raises(NoDataError, match="no daily prices of WTI, as known at 1800-01-01"):
            get_price_data("WTI", as_of="1800-01-01")

    def test_a_name_is_found_in_any_case(self) -> None:
        load(VALUES)
        assert len(get_price_data("wti", "2020-04-01", "2020-04-16")) == 2


@BOTH
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    loads=st.lists(
        st.lists(st.sampled_from([0.0, -36.98, 18.31, 71.2]), min_size=6, max_size=6),
        min_size=1,
        max_size=4,
    )
)
def test_after_any_loads_each_past_moment_sees_the_load_before_it(
    loads: list[list[float]], database: sa.Engine
) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("TRUNCATE observations, batches"))
    moments = []
    for values in loads:
        load(values)
        moments.append(now())
    for values, moment in zip(loads, moments, strict=True):
        assert get_price_data("WTI", "2020-01-01", as_of=moment)["value"].tolist() == values


@pytest.mark.usefixtures("database")
def test_a_pinned_read_without_a_source_is_not_moved_by_fresher_ones() -> None:
    load(VALUES)
    pinned = now()
    before = get_price_data("WTI", "2020-04-01", as_of=pinned)
    load([60.0] * 6, DAYS + pd.Timedelta(days=365), source="other")
    pd.testing.assert_frame_equal(get_price_data("WTI", "2020-04-01", as_of="2020-05-01"), before)
    assert set(get_price_data("WTI", "2020-04-01")["source"]) == {"other"}
