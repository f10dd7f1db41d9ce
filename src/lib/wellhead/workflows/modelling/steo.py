"""Verb: who was closer, month by month, EIA's Short-Term Energy Outlook or our models?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.catalogue.lookup import find_instrument
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
from wellhead.models.registry import require_known
from wellhead.models.tuned import params_for
from wellhead.tables import BENCHMARK
from wellhead.workflows.configuration import configured_models
from wellhead.workflows.modelling.covariates import read_covariates

_COLUMNS = ("model", "horizon", "issues", "rmse_ours", "rmse_steo", "rmse_ratio",
            "rmse_ratio_no_change", "dm_p_value")  # fmt: skip


@dataclass(frozen=True)
class AgainstSteo:
    """How close each model's forecasts of months were, and STEO's, of the same issues.

    `scores`: one row a (model, horizon in months from the issue's): issues (compared), rmse_ours,
    rmse_steo (in the instrument's unit), rmse_ratio (ours over STEO's: below 1 is closer),
    rmse_ratio_no_change (the last daily price over STEO's), dm_p_value (small: ours is closer by
    more than noise). Empty where there is nothing to compare; `issues` are those loaded.
    """

    commodity: str
    issues: tuple[str, ...]
    scores: pd.DataFrame

    @property
    def told(self) -> str:
        """What is compared, in a sentence or two; or how to load what is missing."""
        if self.commodity not in SERIES:
            return f"STEO forecasts {', '.join(SERIES)}, and not {self.commodity}."
        if not self.issues:
            return f"No issue of STEO is loaded for {self.commodity}. {HOW_TO_LOAD}"
        if self.scores.empty:
            return (
                f"{len(self.issues)} issues of STEO are loaded for {self.commodity}, none of them "
                f"with {FEWEST_PRICES} stored daily prices before it and an outcome after."
            )
        return (
            f"{self.commodity}: {len(self.issues)} issues of STEO, {self.issues[0]} to "
            f"{self.issues[-1]}. An issue's information ends on the first Thursday of its month; "
            "each model forecasts anew from the newest price released by then. RMSE over STEO's, "
            "by months ahead of the issue's; below 1 is closer."
        )

    def table(self, column: str = "rmse_ratio") -> pd.DataFrame:
        """One column of the scores, a row a model, a column a horizon; the closest first."""
        wide = self.scores.pivot(index="model", columns="horizon", values=column)
        order = self.scores.groupby("model")["rmse_ratio"].mean().sort_values().index
        return wide.loc[order]


def against_steo(
    commodity: str,
    source: str,
    models: Mapping[str, Mapping[str, Any]] | Sequence[str] | None = None,
    *,
    to: Path | str | None = None,
    processes: int | None = 1,
    progress: Progress | None = None,
) -> AgainstSteo:
    """Compare models with every loaded issue of STEO, on the stored prices of a source.

    `models` are names, or name -> hyper-parameters as in `env.yaml`; None: those of env.yaml. The
    benchmark is always among them. Each forecasts from the newest release at an issue's cut-off,
    knowing what was known then, and is fitted anew every 250 sessions. `to` is a Parquet file for
    the scores. `processes` and `progress` as in `run_parallel`.

    Raises UnknownCommodityError, UnknownModelError, or NoDataError where no prices are stored.
    """
    key = find_instrument(commodity).key
    loaded = read_table("outlooks", commodity=key)
    issues = tuple(sorted(loaded["issue"].unique()))
    scores = _none()
    if issues:
        given = _models(key, models)
        beside: dict[str, pd.DataFrame] = {}
        for name in given:
            beside |= read_covariates(name, key, source)
        made = forecasts_at_cutoffs(
            given, get_vintages(SeriesKey(key, source)), issues, find_instrument(key).calendar,
            beside,
            processes=processes, progress=progress,
        )  # fmt: skip
        scores = _scored(loaded, made, SERIES[key])
    if to is not None:
        with replacing(Path(to)) as path:
            scores.to_parquet(path, index=False)
    return AgainstSteo(key, issues, scores)


def _models(
    key: str, models: Mapping[str, Mapping[str, Any]] | Sequence[str] | None
) -> dict[str, dict[str, Any]]:
    configured = configured_models()
    chosen = configured if models is None else models
    given = chosen if isinstance(chosen, Mapping) else {n: configured.get(n, {}) for n in chosen}
    for name in given:
        require_known(name)
    instrument, names = find_instrument(key), {BENCHMARK: {}, **given}
    return {name: params_for(name, instrument, given.get(name)) for name in names}


def _scored(loaded: pd.DataFrame, made: dict[str, pd.DataFrame], series: str) -> pd.DataFrame:
    theirs = loaded[loaded["kind"] == "forecast"]
    theirs = theirs.assign(period=theirs["target_at"].dt.strftime("%Y-%m"))
    parts = []
    for name, frame in made.items():
        try:
            part = score_against_steo(align(theirs, frame, series))
        except NoDataError:  # all prices are older than the issues
            continue
        parts.append(part.reset_index().assign(model=name))
    return pd.concat(parts, ignore_index=True)[list(_COLUMNS)] if parts else _none()


def _none() -> pd.DataFrame:
    """Scores of nothing."""
    kinds = {"model": "str", "horizon": "int64", "issues": "int64"}
    return pd.DataFrame({name: pd.Series(dtype=kinds.get(name, "float64")) for name in _COLUMNS})
