"""Combination: combines the trained models of a commodity, backtests and registers the result."""

from dataclasses import asdict
from typing import Any

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.catalogue.targets import Target
from wellhead.database.operations import get_vintages
from wellhead.evaluation.calibration.calibration import (
    calibrate_and_learn,
    uncalibrated,
    with_own_quantiles,
)
from wellhead.evaluation.calibration.combination import (
    COMBINATION,
    WeightingOptions,
    combine,
    next_weights,
)
from wellhead.evaluation.calibration.deployed import (
    CombinedForecaster,
    DeployedForecaster,
)
from wellhead.evaluation.scoring.scores import score_targets
from wellhead.features.point_in_time import as_of
from wellhead.tracking.registry import find_version
from wellhead.workflows.modelling.registration import register_trained
from wellhead.workflows.modelling.trained import Trained, read_all_trained, read_backtests
from wellhead.workflows.modelling.versions import load_version


def combine_trained(
    instrument: Instrument,
    trained: list[str],
    backtests: list[str],
    *,
    code_version: str = "interactive",
    to: dict[str, str] | None = None,
) -> tuple[Trained, pd.DataFrame]:
    """The combination of trained models, and the weights of its next forecast.

    `trained` and `backtests` are the files that `train` wrote, all of this commodity. The
    combination's backtest is made of theirs: at every origin the weights come from the errors known
    by then. The weights have one row a (target_kind, horizon) and one column a model. `to` is as
    in `train`.

    Raises NoDataError when the models share no origin.
    """
    summaries = read_all_trained(trained, instrument)
    frames = {name: uncalibrated(frame) for name, frame in read_backtests(backtests).items()}
    frames.pop(COMBINATION, None)  # an earlier combination, where the notebook runs alone
    own, weights = combine(frames), next_weights(frames)
    calibrated, learned = calibrate_and_learn(own)
    forecasts = with_own_quantiles(calibrated, own)
    combined = _trained(instrument, summaries, code_version, forecasts)
    if to is None:
        return combined, weights
    members = {each["model"]: _member(each) for each in summaries if each["model"] in frames}
    deployed = CombinedForecaster(members, instrument.calendar, weights, learned)
    settings = {"members": ", ".join(frames), **asdict(WeightingOptions())}
    vintages = get_vintages(SeriesKey(instrument.key, combined.source))
    prices = as_of(vintages, vintages["available_at"].max())["value"]
    return register_trained(combined, deployed, prices, settings, to), weights


def _trained(
    instrument: Instrument,
    summaries: list[dict[str, Any]],
    code_version: str,
    forecasts: pd.DataFrame,
) -> Trained:
    """The combination before it is registered."""
    return Trained(
        instrument=instrument,
        model=COMBINATION,
        source=summaries[0]["source"],
        versions={},
        run_id=None,
        code_version=code_version,
        last_observed_at=max(pd.Timestamp(each["last_observed_at"]) for each in summaries),
        scores=score_targets(forecasts),
        backtest=forecasts,
    )


def _member(summary: dict[str, Any]) -> DeployedForecaster:
    """A trained model as it is registered; the versions of its targets have the same files."""
    name, version = next(iter(summary["versions"].items()))
    return load_version(find_version(summary["commodity"], Target(name), version))
