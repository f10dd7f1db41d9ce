"""The suites beside that of observations: each rule fires on what it is there for."""

from typing import Any

import pandas as pd
import pytest

from wellhead.evaluation.scoring.scores import METRICS, SHARES
from wellhead.validation import suites
from wellhead.validation.gate import validate
from wellhead.workflows.champions.promotion import judged_scores
from wellhead.workflows.loading.outlooks import judged_outlooks

NOW = pd.Timestamp("2026-01-02", tz="UTC")
BEFORE = NOW - pd.Timedelta(days=9)


def _scores(**cells: Any) -> pd.DataFrame:
    """Three scores of two models; `cells` go into the last."""
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
    return judged_scores(table)


def _failing(table: str, rows: pd.DataFrame, **catalogue: Any) -> list[str]:
    return validate(table, rows, **catalogue).refusing


SCORES = {
    "one-row-a-score": {"metric": "coverage_80"},
    "score-is-finite-or-absent": {"value": float("inf")},
    "score-lies-in-its-domain": {"value": -0.1},
    "score-has-origins": {"origins": 0},
    "origins-are-in-order": {"first_origin": NOW, "last_origin": BEFORE},
}
DECISION = {
    "model": "drift", "model_version": "3", "reason": "no model beats no-change by enough",
    "decided_at": BEFORE,
}  # fmt: skip
PROMOTIONS = {
    "champion-was-scored": {"model": "prophet"},
    "decision-has-its-reason": {"reason": "because"},
    "version-is-named": {"model_version": ""},
    "decision-is-of-today": {"decided_at": NOW + pd.Timedelta(days=1)},
}


@pytest.mark.parametrize("rule", SCORES)
def test_a_score_that_breaks_a_rule_is_refused_by_it_alone(rule: str) -> None:
    assert _failing("scores", _scores()) == []
    assert _failing("scores", _scores(**SCORES[rule])) == [rule]


def test_a_share_above_one_is_out_of_its_domain_and_a_ratio_is_not() -> None:
    assert _failing("scores", _scores(metric="dm_p_value", value=1.01)) == [
        "score-lies-in-its-domain"
    ]
    assert _failing("scores", _scores(metric="mase", value=1.01)) == []
    assert set(METRICS) >= SHARES


@pytest.mark.parametrize("rule", PROMOTIONS)
def test_a_decision_that_breaks_a_rule_is_refused_by_it_alone(rule: str) -> None:
    known = {"scored": ["arima", "drift"], "now": NOW}
    assert _failing("promotions", pd.DataFrame([DECISION]), **known) == []
    assert _failing("promotions", pd.DataFrame([DECISION | PROMOTIONS[rule]]), **known) == [rule]


FEATURES = {
    "row-has-its-clocks": {"observed_at": BEFORE - pd.Timedelta(days=1)},
    "price-is-a-number": {"value": None},
    "row-is-finite": {"is_finite": False},
    "known-after-the-day-began": {"available_at": BEFORE - pd.Timedelta(days=3)},
}
FORECASTS = {
    "nothing-is-missing": {"is_finite": False},
    "quantiles-do-not-cross": {"quantiles_rise": False},
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
        {"observed_at": days, "available_at": NOW, "value": [-36.98, 8.9], "is_finite": True}
    )
    assert _failing("features", rows.copy()) == []
    assert _failing("features", _with(rows, FEATURES[rule])) == [rule]


@pytest.mark.parametrize("rule", FORECASTS)
def test_a_forecast_row_that_breaks_a_rule_is_refused_by_it_alone(rule: str) -> None:
    targets = pd.DatetimeIndex([BEFORE + pd.Timedelta(days=n) for n in (1, 2)])
    rows = pd.DataFrame({"target_at": targets, "last_observed_at": BEFORE, "is_finite": True})
    rows = rows.assign(quantiles_rise=True)
    assert _failing("forecasts", rows.copy()) == []
    assert _failing("forecasts", _with(rows, FORECASTS[rule])) == [rule]


OUTLOOK = {"issue": "2020-04", "series": "WTIPUUS", "period": "2020-05", "value": "31.5",
           "kind": "forecast", "unit": "USD/bbl"}  # fmt: skip
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
        return list(validate("outlooks", judged_outlooks(raw, stored, NOW)).failures)

    month = pd.Timestamp("2020-05-01", tz="UTC")
    row = {"commodity": "WTI", "issue": "2020-04", "target_at": month, "value": 31.5}
    stored = pd.DataFrame([row])
    assert failing() == []
    assert failing(**OUTLOOKS[rule]) == [rule]


def test_every_rule_of_these_suites_is_tried_and_no_suite_is_left_out() -> None:
    tried = {
        "scores": SCORES, "promotions": PROMOTIONS, "features": FEATURES, "forecasts": FORECASTS,
        "outlooks": OUTLOOKS,
    }  # fmt: skip
    assert {*suites.suite_tables()} == {*tried, "observations"}
    for table, cases in tried.items():
        assert [rule.name for rule in suites.load_suite(table).rules] == list(cases)
