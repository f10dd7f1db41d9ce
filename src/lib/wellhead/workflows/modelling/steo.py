"""Compares models with EIA's Short-Term Energy Outlook (STEO), month by month."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.outlook import HOW_TO_LOAD, SERIES
from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import get_vintages, read_table
from wellhead.errors import NoDataError
from wellhead.evaluation.backtesting.execution import Progress
from wellhead.evaluation.scoring.steo import (
    FEWEST_PRICES,
    align,
    forecasts_at_cutoffs,
    score_against_steo,
)
from wellhead.files import replacing
from wellhead.models.tuned import params_for
from wellhead.tables import BENCHMARK
from wellhead.workflows.modelling.covariates import read_covariates

_DTYPES = {
    "model": "str",
    "horizon": "int64",
    "issues": "int64",
    "rmse_ours": "float64",
    "rmse_steo": "float64",
    "rmse_ratio": "float64",
    "rmse_ratio_no_change": "float64",
    "dm_p_value": "float64",
}


@dataclass(frozen=True)
class SteoComparison:
    """The errors of each model's monthly forecasts and of STEO's, for the same issues.

    `scores`: one row a (model, horizon in months from the issue's): issues (compared), rmse_ours,
    rmse_steo (in the instrument's unit), rmse_ratio (ours over STEO's: below 1 is closer),
    rmse_ratio_no_change (the last daily price over STEO's), dm_p_value (small: ours is closer by
    more than noise). Empty when there is nothing to compare. `issues` are those loaded.
    """

    commodity: str
    issues: tuple[str, ...]
    scores: pd.DataFrame

    @property
    def summary(self) -> str:
        """What is compared, in a few sentences, or how to load what is missing."""
        if self.commodity not in SERIES:
            return f"STEO forecasts {', '.join(SERIES)}, and not {self.commodity}."
        if not self.issues:
            return f"No issue of STEO is loaded for {self.commodity}. {HOW_TO_LOAD}"
        if self.scores.empty:
            return (
                f"{len(self.issues)} issues of STEO are loaded for {self.commodity}, but none has "
                f"{FEWEST_PRICES} stored daily prices before it and an outcome after it."
            )
        return (
            f"{self.commodity}: {len(self.issues)} issues of STEO, {self.issues[0]} to "
            f"{self.issues[-1]}. An issue's information ends on the first Thursday of its month; "
            "each model forecasts from the newest price released by then. The table shows RMSE "
            "over STEO's, by months ahead of the issue's month; below 1 is closer."
        )

    def table(self, column: str = "rmse_ratio") -> pd.DataFrame:
        """One column of the scores: a row a model, a column a horizon; the closest model first."""
        wide = self.scores.pivot(index="model", columns="horizon", values=column)
        order = self.scores.groupby("model")["rmse_ratio"].mean().sort_values().index
        return wide.loc[order]


def compare_with_steo(
    instrument: Instrument,
    source: str,
    models: Mapping[str, Mapping[str, Any]],
    *,
    to: Path | str | None = None,
    processes: int | None = 1,
    progress: Progress | None = None,
) -> SteoComparison:
    """Compare models with every loaded issue of STEO, on the stored prices of a source.

    `models` is model -> hyper-parameters as in `env.yaml`; the benchmark is always among them. Each
    model forecasts from the newest release at an issue's cut-off, knows what was known then, and is
    fitted again every 250 sessions. `to` is a Parquet file for the scores. `processes` and
    `progress` are those of `backtests`.

    Raises UnknownModelError, or NoDataError if no prices are stored.
    """
    outlooks = read_table("outlooks", commodity=instrument.key)
    issues = tuple(sorted(outlooks["issue"].unique()))
    scores = _no_scores()
    if issues:
        series, given = SeriesKey(instrument.key, source), {BENCHMARK: {}, **models}
        forecasts = forecasts_at_cutoffs(
            {name: params_for(name, instrument, params) for name, params in given.items()},
            get_vintages(series),
            issues,
            instrument.calendar,
            _covariates(given, series),
            processes=processes,
            progress=progress,
        )
        scores = _scored(outlooks, forecasts, SERIES[instrument.key])
    if to is not None:
        with replacing(Path(to)) as path:
            scores.to_parquet(path, index=False)
    return SteoComparison(instrument.key, issues, scores)


def _covariates(models: Mapping[str, Any], series: SeriesKey) -> dict[str, pd.DataFrame]:
    tables: dict[str, pd.DataFrame] = {}
    for name in models:
        tables |= read_covariates(name, series)
    return tables


def _scored(
    outlooks: pd.DataFrame, forecasts: dict[str, pd.DataFrame], series: str
) -> pd.DataFrame:
    steo = outlooks[outlooks["kind"] == "forecast"]
    steo = steo.assign(period=steo["target_at"].dt.strftime("%Y-%m"))
    parts = []
    for name, frame in forecasts.items():
        try:
            part = score_against_steo(align(steo, frame, series))
        except NoDataError:  # all prices are older than the issues
            continue
        parts.append(part.reset_index().assign(model=name))
    return pd.concat(parts, ignore_index=True)[list(_DTYPES)] if parts else _no_scores()


def _no_scores() -> pd.DataFrame:
    """An empty frame of scores."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in _DTYPES.items()})
