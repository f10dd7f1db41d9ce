"""Series that should agree are compared day by day, and a shift in time is found."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.database.test_observations import load
from tests.loads import ingest
from wellhead.analytics.agreement import best_lag, compare
from wellhead.calendars import now
from wellhead.catalogue.lookup import find_instrument
from wellhead.cli import app
from wellhead.errors import NoDataError
from wellhead.settings import get_settings
from wellhead.validation.tolerances import basis_pairs
from wellhead.workflows.quality.reconciliation import reconcile, summary

DAYS = pd.bdate_range("2020-01-02", periods=250, tz="UTC")


def walk(seed: int = 7, days: pd.DatetimeIndex = DAYS) -> pd.Series:
    """Made-up prices in cents."""
    steps = np.random.default_rng(seed).normal(0, 1, len(days))
    return pd.Series(np.round(60 + steps.cumsum(), 2), index=days)


class TestCompare:
    def test_equal_series_agree_on_every_day(self) -> None:
        found = compare(walk(), walk(), 0.005)
        assert (found.days, found.share, found.lag, len(found.beyond)) == (250, 1.0, 0, 0)

    def test_differences_are_listed_worst_first_with_both_values(self) -> None:
        other = walk()
        other.iloc[[10, 20]] += [0.5, -3.0]
        found = compare(walk(), other, 0.005)
        assert found.beyond["observed_at"].tolist() == [DAYS[20], DAYS[10]]
        assert found.beyond["difference"].round(6).tolist() == [3.0, -0.5]
        assert found.beyond["left"].tolist() == walk().iloc[[20, 10]].tolist()
        assert found.share == pytest.approx(248 / 250)

    def test_a_difference_of_the_tolerance_itself_agrees(self) -> None:
        assert compare(pd.Series([1.0], DAYS[:1]), pd.Series([1.5], DAYS[:1]), 0.5).share == 1

    def test_days_of_one_alone_are_counted_within_the_common_span(self) -> None:
        left, right = walk().drop(DAYS[5]), walk().drop(DAYS[[6, 7]]).iloc[2:]
        found = compare(left, right, 0.005)
        assert list(found.only_left) == [DAYS[6], DAYS[7]]
        assert list(found.only_right) == [DAYS[5]]
        assert found.days == 245

    @pytest.mark.parametrize("lag", [-2, -1, 1, 2])
    def test_a_shifted_series_is_found_also_behind_a_steady_difference(self, lag: int) -> None:
        assert best_lag(walk(), 4 + walk().shift(-lag)) == lag

    def test_a_shift_that_began_lately_is_found(self) -> None:
        other = walk()
        other.iloc[-50:] = walk().shift(1).iloc[-50:]
        assert compare(walk(), other, 0.005).lag == -1

    def test_noise_is_no_shift(self) -> None:
        noisy = walk() + np.random.default_rng(1).normal(0, 0.5, len(DAYS))
        assert best_lag(walk(), noisy) == 0
        assert best_lag(walk(), walk(8)) == 0
        assert best_lag(walk().iloc[:10], walk().shift(1).iloc[:10]) == 0  # too few to say

    def test_series_that_never_meet_agree_on_nothing(self) -> None:
        found = compare(walk().iloc[:5], walk().iloc[100:], 0.005)
        assert found.days == 0
        assert np.isnan(found.share)


@pytest.mark.usefixtures("database")
class TestStored:
    def test_two_sources_of_one_instrument(self) -> None:
        load(walk().tolist(), DAYS, source="eia")
        load(walk().tolist(), DAYS, source="fred")
        (pair,) = reconcile("WTI")
        assert pair.agrees
        assert CliRunner().invoke(app, ["reconcile"]).exit_code == 0
        before = now()
        changed = walk()
        changed.iloc[30] += 1
        load(changed.tolist(), DAYS, source="fred")
        (pair,) = reconcile("WTI")
        assert not pair.agrees
        assert pair.agreement.beyond["observed_at"].tolist() == [DAYS[30]]
        assert reconcile("WTI", as_of=before)[0].agrees  # as it was known then
        printed = CliRunner().invoke(app, ["reconcile", "WTI"])
        assert printed.exit_code == 1
        assert f"{DAYS[30]:%Y-%m-%d}" in printed.output
        assert "disagree" in printed.output

    def test_a_source_that_is_a_day_late_is_named(self) -> None:
        load(walk().tolist(), DAYS, source="eia")
        load(walk().tolist(), DAYS + pd.offsets.BDay(1), source="fred")
        (pair,) = reconcile()
        assert pair.result == "shifted: WTI (daily) from fred is 1 day late"
        assert not pair.agrees

    def test_spot_against_the_front_month_through_the_days_below_zero(self, write) -> None:
        days = ["2020-04-16", "2020-04-17", "2020-04-20", "2020-04-21", "2020-04-22"]
        spot, front = [19.82, 18.31, -36.98, 8.91, 13.64], [19.87, 18.27, -37.63, 10.01, 13.78]
        for name, values in (("wti", spot), ("wti_front", front)):
            rows = [f"{day},{value}" for day, value in zip(days, values, strict=True)]
            write(name, rows)
            ingest(name, "csv")
        (pair,) = reconcile("WTI_FRONT")
        assert (str(pair.left), str(pair.right)) == (
            "WTI (daily) from csv",
            "WTI_FRONT (daily) from csv",
        )
        assert pair.agreement.days == 5
        assert pair.agrees  # -36.98 and -37.63 are 0.65 apart
        assert summary([pair])["beyond"].tolist() == [0]

    def test_nothing_to_compare_is_an_error_that_says_what_is_needed(self) -> None:
        load(walk().tolist(), DAYS)
        with pytest.raises(NoDataError, match="load it from a second source"):
            reconcile("WTI")

    def test_real_prices_of_two_publishers_agree_to_the_cent(
        self, shared_prices: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """FRED's WTI to 2019 and Cboe's VIX as shipped with arch, against EIA's and FRED's."""
        monkeypatch.setenv("WELLHEAD_CSV_DIR", str(shared_prices))
        get_settings.cache_clear()
        for source in ("archive", "csv"):
            ingest("WTI", source)
            ingest("VIX", source)
        found = {str(pair.left): pair for pair in reconcile()}
        assert found["WTI (daily) from archive"].agreement.days == 8321
        assert found["VIX (daily) from archive"].agreement.days == 1259
        for pair in found.values():
            assert pair.agreement.share == 1
            assert pair.agreement.lag == 0


def test_every_spot_is_compared_with_its_future() -> None:
    for spot in ("WTI", "BRENT", "HENRY_HUB", "GASOLINE", "HEATING_OIL"):
        assert (spot, f"{spot}_FRONT") in basis_pairs()
        assert find_instrument(spot).unit == find_instrument(f"{spot}_FRONT").unit
