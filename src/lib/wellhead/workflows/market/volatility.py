"""The volatility of a commodity, from its stored prices."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pandas as pd

from wellhead.analytics.volatility.backtest import Blocks, blocks_of
from wellhead.analytics.volatility.report import SCORED, VolatilityReport, volatility_report
from wellhead.analytics.volatility.summary import summary
from wellhead.calendars import DateLike
from wellhead.catalogue.instruments import Instrument
from wellhead.database.operations import get_price_data
from wellhead.files import replacing
from wellhead.workflows.market.analysis import Analysis, Known, analysis_of
from wellhead.workflows.market.results import VolatilityResult, rows


def analyse_volatility(
    instrument: Instrument,
    source: str,
    as_of: DateLike | None = None,
    *,
    scored: int = SCORED,
    to: Mapping[str, str] | None = None,
    code_version: str = "",
) -> Analysis[VolatilityReport]:
    """Forecasts of volatility, their scores, and risk, by the prices known at `as_of`.

    `scored`: sessions from which the models forecast to be compared. With `to` the analysis enters
    the database and the file `backtests` (Parquet) is written; the forecasts that are in the file
    of an earlier run by the same code, from the same prices, are not made again.
    """
    prices = get_price_data(instrument.key, as_of=as_of, source=source)
    known = Known(instrument.key, source, prices)
    analysis = analysis_of(
        "volatility",
        known,
        lambda: volatility_report(
            _bars(prices), scored=scored, done=_done(to, code_version) if to else None
        ),
        lambda report: (
            summary(report, instrument.key, instrument.unit),
            _result(report, known),
        ),
    )
    if to is not None:
        analysis.save(code_version)
        _write(analysis.report, to, code_version)
    return analysis


def _bars(prices: pd.DataFrame) -> pd.DataFrame:
    """Close, open, high and low by day; without the columns that the source does not have."""
    bars = prices.set_index("observed_at")[["value", "open", "high", "low"]]
    return bars if bars.notna().any().all() else bars[["value"]]


def _done(to: Mapping[str, str], code_version: str) -> Blocks:
    with suppress(OSError, ValueError, KeyError):  # a file that cannot be read is made again
        before = pd.read_parquet(to["backtests"])
        return blocks_of(before[before["code_version"] == code_version])
    return {}


def _write(report: VolatilityReport | None, to: Mapping[str, str], code_version: str) -> None:
    backtests = pd.DataFrame() if report is None else report.backtests
    with replacing(Path(to["backtests"])) as path:
        backtests.assign(code_version=code_version).to_parquet(path, index=False)


def _result(report: VolatilityReport, known: Known) -> VolatilityResult:
    window = {"first": known.by_day.index[0], "last": report.day, "observations": report.changes}
    return VolatilityResult.model_validate(
        {
            "window": window,
            "forecasts": rows(report.forecasts),
            "scores": rows(report.scores),
            "risk": rows(report.risk),
        }
    )
