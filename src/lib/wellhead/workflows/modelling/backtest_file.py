"""Backtests models on the prices in a file, without database or network."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.errors import InputError
from wellhead.evaluation.backtesting.backtest import backtests
from wellhead.evaluation.backtesting.execution import Progress
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.calibration.calibration import calibrate
from wellhead.evaluation.calibration.combination import COMBINATION, combine
from wellhead.evaluation.scoring.scores import EXCLUDED_SUFFIX, POOLED, score
from wellhead.features.covariates import too_old
from wellhead.files import replacing
from wellhead.models.tuned import params_for
from wellhead.tables import BENCHMARK, STATISTICS
from wellhead.workflows.loading.price_file import (
    PriceFile,
    read_covariate_files,
    read_daily_prices,
)

__all__ = ["BacktestPlan", "FileBacktest", "PriceFile", "backtest_file"]

Frames = dict[str, pd.DataFrame]
_READER_COLUMNS = ["made_at", "target", "horizon", "model", *STATISTICS, "actual"]
_FLOAT_FORMAT = "%.10g"


@dataclass(frozen=True)
class FileBacktest:
    """The backtest of a file: forecasts and scores of all models, long."""

    instrument: Instrument | None
    """What the file was taken as."""
    calendar: str
    rules: pd.DataFrame
    """The result of each rule of the gate on the file."""
    sessions: str
    """Which days of the file are no session, and which calendar would fit; empty if all are."""
    forecasts: pd.DataFrame
    """Rows of `wellhead.evaluation.backtesting.backtest`."""
    scores: pd.DataFrame
    """Rows of `wellhead.evaluation.scoring.scores.score`."""
    outdated: Mapping[str, pd.Timestamp]
    """Covariates that end too early to count on the newest day -> their newest day."""

    @property
    def origins(self) -> int:
        """How many moments the models forecast from."""
        return self.forecasts["made_at"].nunique()

    def ratios(self, *, without_2020: bool = False) -> pd.DataFrame:
        """MSPE ratios to no-change: one row a model, the best over all horizons first.

        Columns: a horizon each (h=1 …), all, and the coverage of the 80 % and 95 % bands.
        `without_2020` leaves out the origins whose outcomes touch March to July 2020; the result
        is empty where none does.
        """
        ending = EXCLUDED_SUFFIX if without_2020 else ""
        wide = self.scores.pivot(index="model", columns=["metric", "horizon"], values="value")
        if f"mspe_ratio{ending}" not in wide:
            return pd.DataFrame()
        ratios = wide[f"mspe_ratio{ending}"]
        named = ratios.set_axis([f"h={h}" if h != POOLED else "all" for h in ratios], axis=1)
        bands = {name: wide[name + ending, POOLED] for name in ("coverage_80", "coverage_95")}
        ordered: pd.DataFrame = named.assign(**bands).sort_values("all")
        return ordered


def backtest_file(
    file: PriceFile,
    plan: BacktestPlan,
    out: Path,
    models: Mapping[str, Mapping[str, Any]],
    covariates: Path | None = None,
    progress: Progress | None = None,
) -> FileBacktest:
    """Backtest models on a file of daily prices by `plan`, which has one target.

    The file passes the same gate as a load. Writes to the folder `out`: `forecasts.csv` (made_at,
    target: the session or the first day of the month, horizon, model, the STATISTICS, actual) and
    `scores.csv`. `models` is model -> hyper-parameters as in `env.yaml`; the benchmark is always
    among them. `covariates` is a folder of files named after instruments.

    Raises InputError and its kinds, SourceError and ValidationRefusedError for the files, and the
    errors of `backtests`.
    """
    out, instrument, calendar = _folder(out), file.instrument, file.trading_calendar
    wanted = {BENCHMARK: {}, **models}
    params = {name: params_for(name, instrument, given) for name, given in wanted.items()}
    read = read_daily_prices(file)
    tables = read_covariate_files(covariates, instrument) if covariates else {}
    frames = _calibrated(
        backtests(params, read.vintages, plan, calendar, tables, processes=None, progress=progress)
    )
    scores = pd.concat([score(frame) for frame in frames.values()], ignore_index=True)
    forecasts = pd.concat(frames.values(), ignore_index=True)
    _write(out, forecasts, scores)
    outdated = too_old(read.vintages, tables)
    return FileBacktest(
        instrument, calendar, read.rules, read.sessions, forecasts, scores, outdated
    )


def _calibrated(frames: Frames) -> Frames:
    """Every model calibrated; with several besides the benchmark, their combination as well."""
    combined = {COMBINATION: combine(frames)} if len(frames.keys() - {BENCHMARK}) > 1 else {}
    return {name: calibrate(frame) for name, frame in (frames | combined).items()}


def _folder(out: Path) -> Path:
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file: name a folder to write to.")
    return out


def _write(out: Path, forecasts: pd.DataFrame, scores: pd.DataFrame) -> None:
    days = forecasts["target_at"].dt.strftime("%Y-%m-%d")
    tables = {"forecasts": forecasts.assign(target=days)[_READER_COLUMNS], "scores": scores}
    for name, table in tables.items():
        with replacing(out / f"{name}.csv") as file:
            table.to_csv(file, index=False, float_format=_FLOAT_FORMAT)
