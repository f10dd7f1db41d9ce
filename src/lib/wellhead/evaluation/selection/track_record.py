"""The track record of the forecasts in the ledger: joined with outcomes, by model and horizon."""

import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.evaluation.backtesting.actuals import actuals
from wellhead.evaluation.scoring.coverage import latest_coverage
from wellhead.evaluation.selection.drift import drift_by_horizon
from wellhead.tables import STATISTICS

RECORD = (
    "model",
    "horizon",
    "known_at",
    "outcomes",
    "coverage_80",
    "coverage_95",
    "drift_outcomes",
    "mspe_ratio",
    "p_worse",
    "alarm",
)


def with_outcomes(
    ledger: pd.DataFrame, observations: pd.DataFrame, target: Target, calendar: str
) -> pd.DataFrame:
    """The ledger in the form of a backtest frame, with the outcomes from `observations`.

    `ledger` has one row per forecast of a target, as `read_ledger` returns it; `observations` one
    per vintage known by now. The result has one row per (model, made_at, horizon): target_kind,
    target_at, last_observed_at, last_value (of that day, as known when the forecast was made), the
    STATISTICS, actual and actual_available_at (missing until the outcome is known). Forecasts whose
    last price is not among the vintages are left out: they cannot be compared with no-change.
    """
    identity = ["target_kind", "model", "made_at", "last_observed_at", "horizon", "target_at"]
    forecasts = ledger[[*identity, *STATISTICS]]
    prices = observations[["observed_at", "available_at", "value"]].sort_values("available_at")
    with_last = pd.merge_asof(
        forecasts.sort_values("made_at", kind="stable"),
        prices.rename(columns={"observed_at": "last_observed_at", "value": "last_value"}),
        left_on="made_at",
        right_on="available_at",
        by="last_observed_at",
    )
    with_last = with_last.dropna(subset="last_value").drop(columns="available_at")
    joined = with_last.merge(actuals(observations, target, calendar), "left", on="target_at")
    return joined.sort_values(["model", "made_at", "horizon"], ignore_index=True)


def track_record(ledger: pd.DataFrame) -> pd.DataFrame:
    """The record of each model's forecasts so far: one row per (model, horizon) with an outcome.

    `ledger` as `with_outcomes` returns it. Columns RECORD: known_at is when the newest outcome
    became known; outcomes, coverage_80 and coverage_95 are those of `latest_coverage`;
    drift_outcomes, mspe_ratio, p_worse and alarm those of `drift_by_horizon`.
    """
    known = ledger.dropna(subset="actual")
    if known.empty:
        return pd.DataFrame(columns=list(RECORD))
    covered = latest_coverage(known).rename(columns={"actual_available_at": "known_at"})
    drift = pd.concat(
        {model: drift_by_horizon(part) for model, part in known.groupby("model")}, names=["model"]
    )
    drifted = drift.rename(columns={"outcomes": "drift_outcomes"}).reset_index()
    return covered.merge(drifted, on=["model", "horizon"])[list(RECORD)]


def challenger_origins(origins: pd.DataFrame, decisions: pd.DataFrame, model: str) -> int:
    """From how many origins a model has forecast as a challenger since its last tenure, if any.

    `origins` has one row per (model, made_at), with `recorded_at`, of all models; `decisions` one
    per promotion of the target (model, decided_at). A tenure ends with the first decision for
    another model. Forecasts from prices that were already in use by then do not count, even if they
    were made later.
    """
    own = origins.loc[origins["model"] == model, "made_at"]
    in_order = decisions.sort_values("decided_at", ignore_index=True)
    tenures = in_order.index[in_order["model"] == model]
    if tenures.empty:
        return int(own.nunique())
    after = in_order["decided_at"].iloc[tenures[-1] + 1 :]
    if after.empty:
        return 0
    used = origins.loc[origins["recorded_at"] <= after.iloc[0], "made_at"].max()
    return int(own[own > used].nunique()) if pd.notna(used) else int(own.nunique())
