"""How the forecasts in the ledger have done: joined with what came, by model and horizon."""

import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.evaluation.backtesting.targets import actuals
from wellhead.evaluation.scoring.coverage import latest_coverage
from wellhead.evaluation.selection.drift import drift_by_horizon
from wellhead.tables import STATISTICS

RECORD = (
    "model", "horizon", "known_at", "outcomes", "coverage_80", "coverage_95",
    "drift_outcomes", "mspe_ratio", "p_worse", "alarm",
)  # fmt: skip


def with_outcomes(
    ledger: pd.DataFrame, observations: pd.DataFrame, target: Target, calendar: str
) -> pd.DataFrame:
    """The ledger in the shape of a backtest's frame, with the outcomes among `observations`.

    `ledger` has one row a statistic, as `read_ledger` gives it, `observations` one a vintage that
    is known by now. The result has one row a (model, made_at, horizon): target_kind, target_at,
    last_observed_at, last_value (of that day, as it was known when the forecast was made), the
    STATISTICS, actual and actual_available_at (absent until it came). Forecasts whose last price
    is not among the vintages are left out: there is nothing to compare them with.
    """
    one = ["target_kind", "model", "made_at", "last_observed_at", "horizon", "target_at"]
    wide = ledger.pivot(index=one, columns="statistic", values="value").reindex(
        columns=list(STATISTICS)
    )
    said = wide.rename_axis(columns=None).reset_index()
    prices = observations[["observed_at", "available_at", "value"]].sort_values("available_at")
    placed = pd.merge_asof(
        said.sort_values("made_at", kind="stable"),
        prices.rename(columns={"observed_at": "last_observed_at", "value": "last_value"}),
        left_on="made_at",
        right_on="available_at",
        by="last_observed_at",
    )
    placed = placed.dropna(subset="last_value").drop(columns="available_at")
    joined = placed.merge(actuals(observations, target, calendar), "left", on="target_at")
    return joined.sort_values(["model", "made_at", "horizon"], ignore_index=True)


def track_record(ledger: pd.DataFrame) -> pd.DataFrame:
    """How each model's forecasts have done so far: one row a (model, horizon) with an outcome.

    `ledger` as `with_outcomes` gives it. Columns RECORD: known_at is when the newest outcome came;
    outcomes, coverage_80 and coverage_95 are those of `latest_coverage`; drift_outcomes,
    mspe_ratio, p_worse and alarm those of `drift_by_horizon`.
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
    """From how many origins a model has forecast as a challenger: since it last reigned, if ever.

    `origins` has one row a (model, made_at), with `recorded_at`, of all models; `decisions` one a
    promotion of the target (model, decided_at). A tenure ends with the first decision for another.
    What was made from prices that were in use by then does not count, even if it is made later.
    """
    own = origins.loc[origins["model"] == model, "made_at"]
    in_order = decisions.sort_values("decided_at", ignore_index=True)
    reigned = in_order.index[in_order["model"] == model]
    if reigned.empty:
        return int(own.nunique())
    after = in_order["decided_at"].iloc[reigned[-1] + 1 :]
    if after.empty:
        return 0
    used = origins.loc[origins["recorded_at"] <= after.iloc[0], "made_at"].max()
    return int(own[own > used].nunique()) if pd.notna(used) else int(own.nunique())
