"""STEO is compared on equal terms: the same months, forecast from the same moment."""

import numpy as np
import pandas as pd
import pytest

from tests.paths import SHARED
from wellhead.catalogue.outlook import cutoff
from wellhead.errors import InputError, NoDataError
from wellhead.evaluation.scoring.steo import (
    FEWEST_PRICES,
    HORIZONS,
    align,
    forecasts_at_cutoffs,
    score_against_steo,
)

DATA = SHARED / "data" / "steo"


@pytest.mark.parametrize(
    ("issue", "day"),
    [("2020-04", "2020-04-02"), ("2015-01", "2015-01-01"), ("2022-12", "2022-12-01")],
)
def test_the_cut_off_of_an_issue_is_its_first_thursday(issue: str, day: str) -> None:
    assert cutoff(issue).strftime("%Y-%m-%d %H:%M") == f"{day} 23:59"
    assert cutoff(issue).day_of_week == 3


def ours(moments: list[str], months: int = 4) -> pd.DataFrame:
    """Forecasts of 60 + the number of the month, of months that come in at 62 + it."""
    rows = [
        (pd.Timestamp(moment, tz="UTC"), month, 60.0 + h, 62.0 + h, 61.0)
        for moment in moments
        for h, month in enumerate(pd.date_range(moment[:7], periods=months, freq="MS", tz="UTC"))
    ]
    names = ["made_at", "target_at", "mean", "actual", "last_value"]
    return pd.DataFrame(rows, columns=names)


def theirs(issue: str, periods: list[str], value: float = 66.0) -> pd.DataFrame:
    table = pd.DataFrame({"period": periods, "value": value})
    return table.assign(issue=issue, series="WTIPUUS")


def test_the_newest_forecast_made_in_time_is_taken() -> None:
    made = ["2020-03-31 23:00", "2020-04-02 23:00", "2020-04-03 23:00"]
    steo = theirs("2020-04", ["2020-03", "2020-04", "2020-05", "2020-09"])
    table = align(steo, ours(made), "WTIPUUS")
    assert table["made_at"].unique() == [pd.Timestamp(made[1], tz="UTC")]
    assert table["horizon"].tolist() == [0, 1]  # a month that is over, and one too far, are out
    assert table["ours"].tolist() == [60, 61]
    assert table["actual"].tolist() == [62, 63]


def test_a_forecast_of_the_month_before_is_matched_by_month_not_by_its_own_horizon() -> None:
    forecasts = ours(["2020-03-31 23:00"]).assign(horizon=[0, 1, 2, 3])
    table = align(theirs("2020-04", ["2020-04", "2020-05"]), forecasts, "WTIPUUS")
    assert table["horizon"].tolist() == [0, 1]
    assert table["ours"].tolist() == [61, 62]


def test_tables_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(NoDataError, match="WTIPUUS"):
        align(theirs("2020-04", ["2020-05"]), ours(["2020-04-03 23:00"]), "WTIPUUS")
    with pytest.raises(NoDataError):
        align(theirs("2020-07", ["2020-07"]), ours(["2020-04-02 23:00"]), "WTIPUUS")  # too old
    with pytest.raises(InputError, match="issue"):
        align(theirs("2020-04", []).drop(columns="issue"), ours(["2020-04-02"]), "WTIPUUS")


def test_the_score_is_a_ratio_of_root_mean_squares() -> None:
    months = [f"2020-{month:02d}" for month in range(1, 13)]
    steo = pd.concat([theirs(month, [month], 62.0 + 4) for month in months])
    made = [str(cutoff(month).floor("h").tz_localize(None)) for month in months]
    table = score_against_steo(align(steo, ours(made), "WTIPUUS"))
    assert table.index.tolist() == [0]
    row = table.loc[0]
    assert (row["issues"], row["rmse_ours"], row["rmse_steo"]) == (12, 2, 4)
    assert (row["rmse_ratio"], row["rmse_ratio_no_change"]) == (0.5, 0.25)
    unknown = align(steo, ours(made).assign(actual=np.nan), "WTIPUUS")
    assert score_against_steo(unknown).empty


ISSUES = ["2019-04", "2019-05", "2020-01", "2020-03"]


def daily_prices(first: str = "2015-01-02", lag: int = 23) -> pd.DataFrame:
    """A walk below zero on weekdays to March 2020, known `lag` hours after their midnight."""
    days = pd.bdate_range(first, "2020-03-31", tz="UTC").drop("2015-01-01", errors="ignore")
    value = 5 + np.random.default_rng(3).normal(size=len(days)).cumsum()
    known = days + pd.Timedelta(hours=lag)
    return pd.DataFrame({"observed_at": days, "available_at": known, "value": value})


def at_cutoffs(prices: pd.DataFrame, issues: list[str] = ISSUES) -> pd.DataFrame:
    models = {"mean-reversion": {"window": 250}}
    return forecasts_at_cutoffs(models, prices, issues, "weekdays")["mean-reversion"]


@pytest.mark.parametrize("lag", [23, 71])
def test_models_forecast_from_the_newest_price_released_by_each_cut_off(lag: int) -> None:
    prices = daily_prices(lag=lag)
    made = at_cutoffs(prices)
    for issue in ISSUES:
        known = prices[prices["available_at"] <= cutoff(issue)]
        part = made[made["made_at"] == known["available_at"].max()]
        assert set(part["last_observed_at"]) == {known["observed_at"].max()}
        table = align(theirs(issue, [issue]), made, "WTIPUUS")
        assert table["made_at"].tolist() == [known["available_at"].max()]
    assert made["made_at"].nunique() == len(ISSUES)


def test_no_forecast_of_an_issue_uses_data_after_its_cut_off() -> None:
    before = at_cutoffs(daily_prices())
    for issue in ISSUES:
        altered = daily_prices()
        late = altered["available_at"] > cutoff(issue)
        altered.loc[late, "value"] = 500.0
        after = at_cutoffs(altered)
        early = before["made_at"] <= cutoff(issue)
        columns = ["made_at", "horizon", "last_value", "mean", "q0.025", "q0.975"]
        pd.testing.assert_frame_equal(before.loc[early, columns], after.loc[early, columns])
        assert early.all() or not before["mean"].equals(after["mean"])


def test_several_models_are_compared_as_one_too() -> None:
    models = {"no-change": {}, "drift": {}, "mean-reversion": {"window": 250}}
    made = forecasts_at_cutoffs(models, daily_prices(), ISSUES, "weekdays")
    assert list(made) == [*models, "combination"]
    first = {name: frame.query("made_at == made_at.min()") for name, frame in made.items()}
    mean = sum(first[name]["mean"].to_numpy() for name in models) / len(models)
    assert first["combination"]["mean"].to_numpy() == pytest.approx(mean)  # no error is known yet
    assert made["combination"]["made_at"].nunique() == len(ISSUES)


def test_twelve_months_ahead_is_compared_where_the_price_is_of_the_month_before() -> None:
    """The first Thursday of 2015 was New Year's Day: the newest price is of December."""
    months = [str(month) for month in pd.period_range("2015-01", "2016-01", freq="M")]
    made = at_cutoffs(daily_prices("2011-01-03"), ["2015-01"])
    assert made["made_at"].iloc[0] < pd.Timestamp("2015-01-01", tz="UTC")
    table = align(theirs("2015-01", months), made, "WTIPUUS")
    assert table["horizon"].tolist() == list(range(max(HORIZONS) + 1))


def test_issues_before_which_too_little_is_known_are_left_out() -> None:
    prices = daily_prices()
    seen = prices["available_at"].iloc[FEWEST_PRICES]
    early, late = "2016-06", (seen + pd.DateOffset(months=2)).strftime("%Y-%m")
    made = at_cutoffs(prices, [early, late])
    assert made["made_at"].drop_duplicates().between(seen, cutoff(late)).tolist() == [True]
    assert forecasts_at_cutoffs({"no-change": {}}, prices, [early], "weekdays") == {}


def test_a_revised_price_is_one_price() -> None:
    once = daily_prices().iloc[: FEWEST_PRICES // 2 + 10]
    again = once.assign(available_at=once["available_at"] + pd.Timedelta(hours=1))
    vintages = pd.concat([once, again])
    assert forecasts_at_cutoffs({"no-change": {}}, vintages, ["2019-04"], "weekdays") == {}


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the shared STEO issues are not here")
def test_mean_reversion_stands_where_the_reference_does() -> None:
    from benchmarks.closed_form import SPEED, monthly, prices

    read = pd.read_csv(DATA / "steo_forecasts.csv").rename(columns={"steo_issue": "issue"})
    moments = pd.DatetimeIndex([cutoff(issue) for issue in sorted(read["issue"].unique())])
    made = monthly(prices("WTI"), moments, speed=SPEED["WTI"])
    table = score_against_steo(align(read, made, "WTIPUUS"))
    reference = [1.09, 1.06, 1.01, 0.96, 0.92, 0.94, 0.97]
    assert table["rmse_ratio"].tolist() == pytest.approx(reference, abs=0.05)
    assert (table["issues"] == 48).all()
