"""Verb: backtest models on any series of prices in a file, without database or network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.catalogue.lookup import Instrument, find_instrument
from wellhead.errors import InputError, UnknownCommodityError
from wellhead.evaluation.backtesting.backtest import backtests
from wellhead.evaluation.backtesting.execution import Progress
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.calibration.calibration import calibrate
from wellhead.evaluation.calibration.combination import COMBINATION, combine
from wellhead.evaluation.scoring.scores import EXCLUDED, EXCLUDED_SUFFIX, POOLED, score
from wellhead.files import replacing
from wellhead.models.registry import require_known
from wellhead.models.tuned import params_for
from wellhead.tables import BENCHMARK, STATISTICS
from wellhead.workflows.configuration import configured_models
from wellhead.workflows.loading.price_file import read_covariate_files, read_daily_prices

Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Backtested:
    """What a backtest of a file gave: forecasts and scores of all models, long."""

    instrument: Instrument | None
    """The catalogue's entry that gave calendar and hyper-parameters, if there is one."""
    calendar: str
    forecasts: pd.DataFrame
    """Rows of `wellhead.evaluation.backtesting.backtest`."""
    scores: pd.DataFrame
    """Rows of `wellhead.evaluation.scoring.scores.score`."""

    def table(self) -> str:
        """MSPE ratios by horizon and coverage of the bands, a line a model; without 2020 below."""
        wide = self.scores.pivot(index="model", columns=["metric", "horizon"], values="value")
        origins = self.forecasts["made_at"].nunique()
        heading = f"MSPE ratio to no-change from the last daily price, {origins:,} origins:"
        told = [f"{heading}\n{_table(wide, '')}"]
        if f"mspe_ratio{EXCLUDED_SUFFIX}" in wide:
            told.append(f"without {EXCLUDED[0]} to {EXCLUDED[1]}:\n{_table(wide, EXCLUDED_SUFFIX)}")
        return "\n".join(told)


def _table(wide: pd.DataFrame, ending: str) -> str:
    ratios = wide[f"mspe_ratio{ending}"]
    shown = ratios.set_axis([f"h={h}" if h != POOLED else "all" for h in ratios], axis=1)
    bands = {name: wide[name + ending, POOLED] for name in ("coverage_80", "coverage_95")}
    ordered = shown.assign(**bands).sort_values("all").round(3)
    return str(ordered.rename_axis(index=None, columns=None).to_string())


def backtest_file(
    path: Path,
    plan: dict[str, Any],
    out: Path,
    *,
    models: Sequence[str] | None = None,
    commodity: str | None = None,
    calendar: str | None = None,
    covariates: Path | None = None,
    progress: Progress | None = None,
) -> Backtested:
    """Backtest models on a CSV file of daily prices by `plan`, and write what came of it to `out`.

    `plan` holds the fields of BacktestPlan, one target among them.
    `out` gets `forecasts.csv` (made_at, target: the session or the first day of the month,
    horizon, model, the STATISTICS, actual) and `scores.csv`. `models` None: those of env.yaml;
    the benchmark is always among them. `commodity` names the catalogue's entry whose calendar and
    hyper-parameters hold; None: the one that the file is named after, if there is one. `calendar`
    overrides it; without either, every weekday is a session. `covariates` is a folder of CSV
    files named after instruments.

    Raises InputError and its kinds, SourceError for the files, and as `backtests`.
    """
    instrument, out = _instrument(path, commodity), _folder(out)
    chosen = calendar or (instrument.calendar if instrument else "weekdays")
    given = _models(models, instrument)
    prices = read_daily_prices(path)
    beside = read_covariate_files(covariates, instrument) if covariates else {}
    when = BacktestPlan(**plan)
    frames = backtests(given, prices, when, chosen, beside, processes=None, progress=progress)
    frames = _processed(frames)
    scores = pd.concat([score(frame) for frame in frames.values()], ignore_index=True)
    forecasts = pd.concat(frames.values(), ignore_index=True)
    with replacing(out / "forecasts.csv") as file:
        _for_readers(forecasts).to_csv(file, index=False, float_format="%.10g")
    with replacing(out / "scores.csv") as file:
        scores.to_csv(file, index=False, float_format="%.10g")
    return Backtested(instrument, chosen, forecasts, scores)


def _processed(frames: Frames) -> Frames:
    """Every model calibrated, and where there are several beside the benchmark, as one as well."""
    calibrated = {name: calibrate(frame) for name, frame in frames.items()}
    if len(frames.keys() - {BENCHMARK}) < 2:
        return calibrated
    return {**calibrated, COMBINATION: calibrate(combine(calibrated))}


def _instrument(path: Path, commodity: str | None) -> Instrument | None:
    if commodity is not None:
        return find_instrument(commodity)
    try:
        return find_instrument(path.stem)
    except UnknownCommodityError:
        return None


def _models(
    names: Sequence[str] | None, instrument: Instrument | None
) -> dict[str, dict[str, object]]:
    """Model -> hyper-parameters: env.yaml's, and what is tuned for the commodity."""
    configured = configured_models()
    wanted = dict.fromkeys([BENCHMARK, *(configured if names is None else names)])
    for name in wanted:
        require_known(name)
    return {name: params_for(name, instrument, configured.get(name)) for name in wanted}


def _folder(out: Path) -> Path:
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file: name a folder to write to.")
    return out


def _for_readers(forecasts: pd.DataFrame) -> pd.DataFrame:
    days = forecasts["target_at"].dt.strftime("%Y-%m-%d")
    shown = ["made_at", "target", "horizon", "model", *STATISTICS, "actual"]
    return forecasts.assign(target=days)[shown]
