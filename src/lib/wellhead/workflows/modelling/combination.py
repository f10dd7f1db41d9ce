"""Verb: combine the trained models of a commodity into one, backtest and register it."""

from dataclasses import asdict
from typing import Any

import pandas as pd

from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import get_vintages
from wellhead.evaluation.calibration.calibration import calibrate, corrections
from wellhead.evaluation.calibration.combination import (
    COMBINATION,
    WeightingOptions,
    combine,
    next_weights,
)
from wellhead.evaluation.calibration.deployed import (
    CombinedForecaster,
    DeployedForecaster,
    load_deployed,
)
from wellhead.evaluation.scoring.scores import score_targets
from wellhead.features.point_in_time import as_of
from wellhead.tracking.registry import artifact_folder, find_version
from wellhead.workflows.modelling.registration import register_trained
from wellhead.workflows.modelling.trained import Trained, read_all_trained, read_backtests


def combine_trained(
    commodity: str,
    trained: list[str],
    backtests: list[str],
    *,
    code_version: str = "interactive",
    to: dict[str, str] | None = None,
) -> tuple[Trained, pd.DataFrame]:
    """The combination of trained models, and the weights of its next forecast.

    `trained` and `backtests` are the files that `train` wrote, all of this commodity. The backtest
    is made of theirs: at every origin with weights from the errors known by then. The weights are
    indexed by (target_kind, horizon), a column a model. `to` as in `train`.

    Raises NoDataError when the models share no origin.
    """
    instrument = find_instrument(commodity)
    summaries = read_all_trained(trained, instrument.key)
    frames = read_backtests(backtests)
    frames.pop(COMBINATION, None)  # an earlier one, where a notebook runs alone
    own, weights = combine(frames), next_weights(frames)
    forecasts = calibrate(own)
    combined = Trained(
        commodity=instrument.key,
        model=COMBINATION,
        source=summaries[0]["source"],
        versions={},
        run_id=None,
        code_version=code_version,
        last_observed_at=max(pd.Timestamp(found["last_observed_at"]) for found in summaries),
        scores=score_targets(forecasts),
        backtest=forecasts,
    )
    if to is None:
        return combined, weights
    members = {found["model"]: _member(found) for found in summaries if found["model"] in frames}
    published = CombinedForecaster(members, instrument.calendar, weights, corrections(own))
    settings = {"members": ", ".join(frames), **asdict(WeightingOptions())}
    known = get_vintages(SeriesKey(instrument.key, combined.source))
    prices = as_of(known, known["available_at"].max())["value"]
    return register_trained(combined, published, prices, settings, to), weights


def _member(summary: dict[str, Any]) -> DeployedForecaster:
    """A trained model as it was registered; its targets share their files."""
    kind, version = next(iter(summary["versions"].items()))
    return load_deployed(artifact_folder(find_version(summary["commodity"], kind, version)))
