"""The ledger joined with outcomes has the form of a backtest and uses nothing early."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evaluation.frames import no_change, walk
from wellhead.catalogue.targets import Target
from wellhead.evaluation.backtesting.backtest import backtest
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.selection.track_record import (
    RECORD,
    challenger_origins,
    track_record,
    with_outcomes,
)
from wellhead.tables import STATISTICS

DAYS = pd.bdate_range("2015-01-01", periods=900, tz="UTC")
EVENING = pd.Timedelta(hours=23)
PLAN = BacktestPlan(
    start="2017-06-01", step=5, refit=10_000, horizon=5, months=2, targets=["daily", "monthly"]
)
KEYS = ["model", "made_at", "horizon"]


def observations(revised: int = 0) -> pd.DataFrame:
    """Prices of both signs, known each evening; the first `revised` days a second time, late."""
    price = walk(4, len(DAYS))
    rows = pd.DataFrame({"observed_at": DAYS, "available_at": DAYS + EVENING, "value": price})
    late = rows.tail(200).head(revised)
    known = late["available_at"] + pd.Timedelta(days=9)
    again = late.assign(available_at=known, value=late["value"] + 1)
    return pd.concat([rows, again]).sort_values(["observed_at", "available_at"], ignore_index=True)


def as_ledger(frame: pd.DataFrame) -> pd.DataFrame:
    """A backtest's forecasts as the ledger keeps them: no outcome."""
    identity = ["target_kind", *KEYS, "last_observed_at", "target_at"]
    return frame[[*identity, *STATISTICS]]


@pytest.mark.parametrize("revised", [0, 150])
@pytest.mark.parametrize("kind", list(Target))
def test_the_ledger_and_a_backtest_are_one_frame(kind, revised: int) -> None:
    rows = observations(revised)
    made = backtest("no-change", {}, rows, PLAN, "weekdays")
    expected = made[made["target_kind"] == kind].sort_values(KEYS, ignore_index=True)
    joined = with_outcomes(as_ledger(expected), rows, kind, "weekdays")
    assert joined["actual"].notna().sum() > 30
    columns = [*joined]
    assert set(expected) - set(columns) == {"one_step_mae"}
    pd.testing.assert_frame_equal(joined, expected[columns], check_dtype=False)


@settings(max_examples=25, deadline=None)
@given(st.integers(640, 899), st.floats(-50, 50))
def test_what_is_not_known_yet_changes_nothing(today: int, shock: float) -> None:
    """Rows of later days and revisions that come later leave forecasts' own prices as they were."""
    rows = observations()
    made = no_change(rows["value"].to_numpy(), (1, 5)).assign(
        made_at=lambda frame: frame["last_observed_at"].map(lambda day: day + EVENING)
    )
    ledger = as_ledger(made[made["made_at"] <= rows["available_at"].iloc[today]])
    known = rows[rows["available_at"] <= rows["available_at"].iloc[today]]
    later = rows.iloc[today - 30 : today + 1].assign(
        available_at=rows["available_at"].iloc[today] + pd.Timedelta(hours=1),
        value=lambda frame: frame["value"] + shock,
    )
    then = with_outcomes(ledger, known, Target.DAILY, "weekdays")
    after = with_outcomes(ledger, pd.concat([known, later]), Target.DAILY, "weekdays")
    assert (then["actual_available_at"].dropna() <= known["available_at"].max()).all()
    pd.testing.assert_frame_equal(then[["made_at", "last_value"]], after[["made_at", "last_value"]])


def test_a_forecast_without_its_last_price_is_left_out() -> None:
    rows = observations()
    made = backtest("no-change", {}, rows, PLAN, "weekdays").query("target_kind == 'daily'")
    gone = made["last_observed_at"].iloc[0]
    joined = with_outcomes(
        as_ledger(made), rows[rows["observed_at"] != gone], Target.DAILY, "weekdays"
    )
    assert len(joined) == len(made) - (made["last_observed_at"] == gone).sum()
    assert joined["last_value"].notna().all()


def test_the_record_is_coverage_and_drift_of_each_model() -> None:
    price = walk(5, 400)
    good, bad = no_change(price, model="good"), no_change(price, model="bad", bias=3.0)
    record = track_record(pd.concat([good, bad], ignore_index=True))
    assert list(record) == list(RECORD)
    assert record[["model", "horizon"]].to_numpy().tolist() == [
        ["bad", 1],
        ["bad", 5],
        ["good", 1],
        ["good", 5],
    ]
    assert record["alarm"].tolist() == [True, True, False, False]
    assert record["mspe_ratio"].tolist()[2:] == [1.0, 1.0]  # the mean is that of no-change
    for row in record.itertuples():
        change = (price[row.horizon :] - price[: -row.horizon]) / np.sqrt(row.horizon)
        bias = 3.0 / np.sqrt(row.horizon) if row.model == "bad" else 0.0
        newest = np.abs(change - bias)[-250:]
        assert (row.outcomes, row.drift_outcomes) == (250, 120)
        assert row.coverage_80 == pytest.approx((newest <= 1.281552).mean())
        assert row.coverage_95 == pytest.approx((newest <= 1.959964).mean())


def test_without_an_outcome_there_is_no_record() -> None:
    frame = no_change(walk(6, 50)).assign(actual=np.nan, actual_available_at=pd.NaT)
    assert track_record(frame).empty
    assert list(track_record(frame)) == list(RECORD)


DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2024-01-01", tz="UTC")


def origins(days: range, model: str = "arima") -> pd.DataFrame:
    """Forecasts made each day from the prices of the evening before, and recorded at noon."""
    made = [START + day * DAY for day in days]
    recorded = [moment + pd.Timedelta(hours=12) for moment in made]
    return pd.DataFrame({"model": model, "made_at": made, "recorded_at": recorded})


def decisions(**by_day: str) -> pd.DataFrame:
    """Champions decided an hour after the forecasts of a day: d3='arima'."""
    rows = [
        {"decided_at": START + int(day[1:]) * DAY + pd.Timedelta(hours=13), "model": model}
        for day, model in by_day.items()
    ]
    return pd.DataFrame(rows, columns=["decided_at", "model"])


@pytest.mark.parametrize(
    ("decided", "counted"),
    [
        ({}, 30),
        ({"d3": "no-change", "d9": "lstm"}, 30),  # it was never champion
        ({"d3": "arima"}, 0),  # it tenures
        ({"d3": "arima", "d9": "no-change"}, 20),  # since day 9: days 10 to 29
        ({"d3": "arima", "d9": "no-change", "d12": "lstm"}, 20),
        ({"d3": "arima", "d9": "no-change", "d12": "arima", "d19": "lstm"}, 10),
        ({"d3": "arima", "d40": "no-change"}, 0),
    ],
)
def test_challenger_origins_count_from_the_last_tenure(decided: dict, counted: int) -> None:
    made = origins(range(30))
    assert challenger_origins(made, decisions(**decided), "arima") == counted
    shuffled = decisions(**decided).sample(frac=1, random_state=1)
    assert challenger_origins(made.sample(frac=1, random_state=2), shuffled, "arima") == counted


def test_the_same_prices_once_more_are_no_further_origin() -> None:
    """A new version forecasts again, after the demotion, from the prices of the demotion."""
    again = origins(range(9, 10)).assign(recorded_at=START + 20 * DAY)
    made = pd.concat([origins(range(12)), again, origins(range(50), "lstm")])
    demoted = decisions(d3="arima", d9="no-change")
    assert challenger_origins(made, demoted, "arima") == 2


@given(st.lists(st.sampled_from(["arima", "lstm", "no-change"]), max_size=12), st.integers(0, 12))
def test_each_origin_of_a_challenger_counts_once(tenures: list, extra: int) -> None:
    decided = decisions(**{f"d{day}": model for day, model in enumerate(tenures)})
    last = len(tenures)
    before = challenger_origins(origins(range(last)), decided, "arima")
    after = challenger_origins(origins(range(last + extra)), decided, "arima")
    incumbent = bool(tenures) and tenures[-1] == "arima"
    assert after == (0 if incumbent else before + extra)
