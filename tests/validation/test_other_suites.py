"""Every suite but that of observations: each rule catches what it is there for."""

from typing import Any

import pandas as pd
import pytest

from wellhead.evaluation.scoring.scores import METRICS, SHARES
from wellhead.tables import STATISTICS
from wellhead.validation import suites
from wellhead.validation.features import validate_features
from wellhead.validation.forecasts import validate_forecasts
from wellhead.validation.outlooks import validate_outlooks
from wellhead.validation.promotions import validate_promotions
from wellhead.validation.scores import validate_scores

NOW = pd.Timestamp("2026-01-02", tz="UTC")
BEFORE = NOW - pd.Timedelta(days=9)


def _scores(**cells: Any) -> list[str]:
    """The rules that fail on three scores of two models; `cells` go into the last."""
    rows = [("arima", "mspe_ratio", 1.2), ("drift", "coverage_80", 0.81), ("drift", "crps", None)]
    table = pd.DataFrame(rows, columns=["model", "metric", "value"]).assign(
        model_version="1",
        target_kind="daily",
        horizon=0,
        origins=40,
        first_origin=BEFORE,
        last_origin=NOW,
    )
    for name, cell in cells.items():
        table.loc[2, name] = cell
    return validate_scores(table, SHARES).refusing


SCORES = {
    "one-row-a-score": {"metric": "coverage_80"},
    "score-is-finite-or-absent": {"value": float("inf")},
    "score-lies-in-its-domain": {"value": -0.1},
    "score-has-origins": {"origins": 0},
    "origins-are-in-order": {"first_origin": NOW, "last_origin": BEFORE},
}
DECISION = {
    "model": "drift",
    "model_version": "3",
    "reason": "no model beats no-change by enough",
    "decided_at": BEFORE,
}  # a table, one case a line
PROMOTIONS = {
    "champion-was-scored": {"model": "prophet"},
    "decision-has-its-reason": {"reason": "because"},
    "version-is-named": {"model_version": ""},
    "decision-is-of-today": {"decided_at": NOW + pd.Timedelta(days=1)},
}


@pytest.mark.parametrize("rule", SCORES)
def test_a_score_that_breaks_a_rule_is_refused_by_it_alone(rule: str) -> None:
    assert _scores() == []
    assert _scores(**SCORES[rule]) == [rule]


def test_a_share_above_one_is_out_of_its_domain_and_a_ratio_is_not() -> None:
    assert _scores(metric="dm_p_value", value=1.01) == ["score-lies-in-its-domain"]
    assert _scores(metric="mase", value=1.01) == []
    assert set(METRICS) >= SHARES


@pytest.mark.parametrize("rule", PROMOTIONS)
def test_a_decision_that_breaks_a_rule_is_refused_by_it_alone(rule: str) -> None:
    def failing(decision: dict[str, Any]) -> list[str]:
        return validate_promotions(pd.DataFrame([decision]), {"arima", "drift"}, NOW).refusing

    assert failing(DECISION) == []
    assert failing(DECISION | PROMOTIONS[rule]) == [rule]


FEATURES = {
    "row-has-its-clocks": {"observed_at": BEFORE - pd.Timedelta(days=1)},
    "price-is-a-number": {"value": None},
    "row-is-finite": {"atr": float("inf")},
    "known-after-the-day-began": {"available_at": BEFORE - pd.Timedelta(days=3)},
}
FORECASTS = {
    "nothing-is-missing": {"mean": None},
    "quantiles-do-not-cross": {STATISTICS[1]: 99.0},
    "target-lies-ahead": {"target_at": BEFORE - pd.Timedelta(days=1)},
    "one-row-a-day": {"target_at": BEFORE + pd.Timedelta(days=1)},
}


def _with(table: pd.DataFrame, cells: dict[str, Any]) -> pd.DataFrame:
    for name, cell in cells.items():
        table.loc[len(table) - 1, name] = cell
    return table


@pytest.mark.parametrize("rule", FEATURES)
def test_a_feature_row_that_breaks_a_rule_is_refused_by_it_alone(rule: str) -> None:
    days = pd.DatetimeIndex([BEFORE - pd.Timedelta(days=1), BEFORE])
    rows = pd.DataFrame(
        {"observed_at": days, "available_at": NOW, "value": [-36.98, 8.9], "atr": 1.5}
    )
    assert validate_features(rows.copy()).refusing == []
    assert validate_features(_with(rows, FEATURES[rule])).refusing == [rule]


@pytest.mark.parametrize("rule", FORECASTS)
def test_a_forecast_row_that_breaks_a_rule_is_refused_by_it_alone(rule: str) -> None:
    targets = pd.DatetimeIndex([BEFORE + pd.Timedelta(days=n) for n in (1, 2)])
    rows = pd.DataFrame({"target_at": targets, "last_observed_at": BEFORE, "target_kind": "daily"})
    rows = rows.assign(**dict(zip(STATISTICS, range(-2, 6), strict=True))).astype(
        dict.fromkeys(STATISTICS, float)
    )
    assert validate_forecasts(rows.copy()).refusing == []
    assert validate_forecasts(_with(rows, FORECASTS[rule])).refusing == [rule]


def test_the_running_month_lies_ahead_until_it_is_over() -> None:
    january = pd.Timestamp("2026-01-01", tz="UTC")
    rows = pd.DataFrame({"target_at": [january], "target_kind": "monthly"})
    rows = rows.assign(**dict.fromkeys(STATISTICS, 60.0))
    for day, failing in (("2026-01-31", []), ("2026-02-01", ["target-lies-ahead"])):
        moment = pd.Timestamp(day, tz="UTC")
        assert validate_forecasts(rows.assign(last_observed_at=moment)).refusing == failing


OUTLOOK = {
    "issue": "2020-04",
    "series": "WTIPUUS",
    "period": "2020-05",
    "value": "31.5",
    "kind": "forecast",
    "unit": "USD/bbl",
}
OUTLOOKS: dict[str, dict[str, object]] = {
    "series-is-known": {"series": "GOLD"},
    "issue-is-a-month": {"issue": "2020-4"},
    "period-is-a-month": {"period": "2020-00"},
    "value-is-a-number": {"value": "-"},
    "value-is-plausible": {"value": "3150", "period": "2020-06"},
    "unit-is-the-catalogues": {"unit": "USD/gal"},
    "kind-is-known": {"kind": "guess"},
    "forecast-lies-ahead": {"period": "2020-03"},
    "issue-has-come": {"issue": "2026-02", "period": "2026-02"},
    "month-has-one-value": {"period": "2020-04"},
    "issue-does-not-change": {"value": "31.6"},
}


@pytest.mark.parametrize("rule", OUTLOOKS)
def test_an_outlook_that_breaks_a_rule_is_rejected_by_it_alone(rule: str) -> None:
    def failing(**cells: object) -> list[str]:
        raw = pd.DataFrame([OUTLOOK | {"period": "2020-04"}, OUTLOOK | cells])
        return list(validate_outlooks(raw, stored, NOW).failures)

    month = pd.Timestamp("2020-05-01", tz="UTC")
    row = {"commodity": "WTI", "issue": "2020-04", "target_at": month, "value": 31.5}
    stored = pd.DataFrame([row])
    assert failing() == []
    assert failing(**OUTLOOKS[rule]) == [rule]


def test_every_rule_of_these_suites_is_tried_and_no_suite_is_left_out() -> None:
    tried = {
        "scores": SCORES,
        "promotions": PROMOTIONS,
        "features": FEATURES,
        "forecasts": FORECASTS,
        "outlooks": OUTLOOKS,
    }
    assert {*suites.suite_tables()} == {*tried, "observations"}
    for table, cases in tried.items():
        assert [rule.name for rule in suites.load_suite(table).rules] == list(cases)
