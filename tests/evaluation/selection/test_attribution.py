"""A change of the forecast is explained without remainder."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.calendars import next_sessions, sessions_between
from wellhead.errors import NoDataError
from wellhead.evaluation.selection.attribution import PARTS, Predict, explain_change, sentence
from wellhead.features import build_features
from wellhead.models import Forecaster, create, model_class

DAYS = sessions_between("NYSE", "2023-01-03", "2024-06-28")
BEFORE, AFTER = (pd.Timestamp(day, tz="UTC") for day in ("2024-06-14 23:30", "2024-06-21 23:30"))


def observations(seed: int = 0) -> pd.DataFrame:
    value = -5 + np.random.default_rng(seed).normal(size=len(DAYS)).cumsum()
    known = DAYS + pd.Timedelta(hours=23)
    return pd.DataFrame({"observed_at": DAYS, "available_at": known, "value": value})


def predicting(model: Forecaster, horizon: int = 21) -> Predict:
    def predict(known: pd.DataFrame) -> "pd.Series[float]":
        history = build_features(known, model.features)
        mean = model.predict(history, horizon)["mean"]
        return mean.set_axis(next_sessions("NYSE", history.index[-1], horizon))

    return predict


def drift(until: pd.Timestamp, seed: int = 0, window: int = 100) -> Predict:
    table = observations(seed)
    history = table[table["available_at"] <= until].set_index("observed_at")
    return predicting(create("drift", drift_window=window).fit(history))


def revision(day: pd.Timestamp, known: pd.Timestamp, value: float) -> pd.DataFrame:
    return pd.DataFrame({"observed_at": [day], "available_at": [known], "value": [value]})


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 50),
    row=st.integers(100, 350),
    shock=st.floats(-40, 40),
    window=st.integers(20, 200),
)
def test_the_parts_sum_to_the_whole(seed: int, row: int, shock: float, window: int) -> None:
    table = observations(seed)
    revised = revision(DAYS[row], BEFORE + pd.Timedelta(days=2), shock)
    table = pd.concat([table, revised], ignore_index=True)
    old, new = drift(BEFORE, seed), drift(AFTER, seed, window)
    change = explain_change(old, new, table, BEFORE, AFTER)
    total = change["before"] + change[list(PARTS)].sum(axis=1)
    np.testing.assert_allclose(total, change["after"], atol=1e-9)
    then = table[table["available_at"] <= BEFORE].set_index("observed_at")
    pd.testing.assert_series_equal(
        change["before"], old(then)[change.index], check_names=False, check_freq=False
    )
    assert len(change) == 17  # of 21 sessions four have passed: 19 June is a holiday


def test_each_cause_is_named_alone() -> None:
    table, old = observations(), drift(BEFORE)
    nothing = explain_change(old, old, table, BEFORE, BEFORE)
    assert (nothing[list(PARTS)] == 0).all(axis=None)
    only_new = explain_change(old, old, table, BEFORE, AFTER)
    assert (only_new[["revised_data", "changed_model"]] == 0).all(axis=None)
    assert (only_new["new_data"] != 0).all()
    only_model = explain_change(old, drift(BEFORE, window=20), table, BEFORE, BEFORE)
    assert (only_model[["revised_data", "new_data"]] == 0).all(axis=None)
    assert (only_model["changed_model"] != 0).all()
    last_seen = DAYS[DAYS <= BEFORE][-1]
    later = BEFORE + pd.Timedelta(hours=2)
    revised = pd.concat([table, revision(last_seen, later, 3.0)])
    only_revised = explain_change(old, old, revised, BEFORE, later)
    assert (only_revised[["new_data", "changed_model"]] == 0).all(axis=None)
    moved = 3.0 - table.set_index("observed_at")["value"][last_seen]
    assert only_revised["revised_data"].to_numpy() == pytest.approx(moved)


@pytest.mark.parametrize("model", ["no-change", "arima"])
def test_a_model_of_the_zoo_is_explained(model: str) -> None:
    table = observations()
    history = table[table["available_at"] <= BEFORE].set_index("observed_at")
    fitted = create(model).fit(build_features(history, model_class(model).features))
    change = explain_change(predicting(fitted), predicting(fitted), table, BEFORE, AFTER)
    assert change["new_data"].abs().max() > 0
    assert (change["changed_model"] == 0).all()


def test_forecasts_without_a_common_day_cannot_be_compared() -> None:
    table, old = observations(), drift(BEFORE)
    with pytest.raises(NoDataError, match="no day in common"):
        explain_change(old, old, table, BEFORE - pd.Timedelta(days=60), AFTER)
    with pytest.raises(NoDataError, match="nothing was known at 2020-01-01"):
        explain_change(old, old, table, pd.Timestamp("2020-01-01", tz="UTC"), AFTER)


def test_the_sentence_names_the_largest_part_first() -> None:
    day = "14 March 2024"
    change = pd.Series(
        {"before": 76.2, "revised_data": 0.0, "new_data": 0.2, "changed_model": 1.9, "after": 78.3}
    )
    assert sentence(change, day, "USD/bbl") == (
        "The forecast for 14 March 2024 rose by 2.10 to 78.30 USD/bbl: +1.90 from a changed model, "
        "+0.20 from new data."
    )
    fell = pd.Series(
        {"before": 1, "revised_data": -38, "new_data": 0, "changed_model": 0, "after": -37}
    )
    assert sentence(fell, day, "USD/bbl").endswith(
        "fell by 38.00 to −37.00 USD/bbl: −38.00 from revised data."
    )
    still = change.mul(0) + pd.Series({**dict.fromkeys(change.index, 0), "before": 5, "after": 5})
    assert sentence(still, day, "USD/bbl") == (
        "The forecast for 14 March 2024 has not moved: 5.00 USD/bbl."
    )
    offset = pd.Series(
        {"before": 5, "revised_data": 1, "new_data": -1, "changed_model": 0, "after": 5}
    )
    assert "stays at 5.00 USD/bbl: +1.00 from revised data, −1.00 from new data" in sentence(
        offset, day, "USD/bbl"
    )
