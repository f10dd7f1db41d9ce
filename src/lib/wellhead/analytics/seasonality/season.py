"""One verdict on the season of a price: whether there is one, how strong, stable, and of use."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.tsa.seasonal import STL

from wellhead.analytics.seasonality.effects import (
    FEWEST_YEARS,
    in_recent_deviations,
    month_effects,
    month_levels,
)
from wellhead.errors import NotEnoughHistoryError
from wellhead.evaluation.scoring.significance import diebold_mariano

_LEARNED = 60  # months of past before the first forecast
_SIZE = 0.05


@dataclass(frozen=True)
class Season:
    """The season of a price over complete years.

    `p_value`: of months without an order (Kruskal & Wallis 1952, on changes from month-end to
    month-end in units of their recent volatility). `strength`: 0 to 1, the share of the variance of
    detrended monthly averages that the seasonal part of STL takes (Wang, Smith & Hyndman 2006).
    `stability`: the correlation of the twelve month effects of the first half of the years with
    those of the second. `mspe_ratio`: the squared error of forecasts of each month's change by the
    mean of its past changes, divided by that of no change; `mspe_p_value`: one-sided, that it is
    below 1 by luck. `best` and `worst`: the months, 1 to 12, with the highest and lowest level.
    """

    years: int
    p_value: float
    strength: float
    stability: float
    mspe_ratio: float
    mspe_p_value: float
    best: int
    worst: int

    @property
    def is_found(self) -> bool:
        """Whether months differ by more than luck."""
        return self.p_value < _SIZE

    @property
    def was_of_use(self) -> bool:
        """Whether it could have been used in real time, by more than luck."""
        return self.mspe_ratio < 1 and self.mspe_p_value < _SIZE


def season(prices: pd.Series) -> Season:
    """The season of daily signed prices. Raises NotEnoughHistoryError under five complete years."""
    effects, levels = month_effects(prices)["effect"], month_levels(prices)
    changes = month_end_changes(prices)
    half = len(levels) // 2
    return Season(
        years=len(levels),
        p_value=_no_order(in_recent_deviations(changes, 12)),
        strength=_strength(prices),
        stability=_alike(levels.iloc[:half].mean(), levels.iloc[half:].mean()),
        **_in_real_time(changes),
        best=int(effects.to_numpy().argmax()) + 1,
        worst=int(effects.to_numpy().argmin()) + 1,
    )


def month_end_changes(prices: pd.Series) -> pd.Series:
    """The change from the last price of a month to that of the next; the running month left out."""
    days = pd.DatetimeIndex(prices.index)
    last = prices.groupby(days.tz_localize(None).to_period("M")).last()
    monthly = last.reindex(pd.period_range(last.index[0], last.index[-1], freq="M"))
    return monthly.iloc[:-1].diff()


def this_year(prices: pd.Series, years: int = 5) -> pd.DataFrame:
    """The newest year's weekly averages beside the range of the years before it.

    One row a week of the year (1 to 52): low, mean, high of the `years` years before, and newest,
    in the price's unit; NaN in newest for weeks to come. Raises NotEnoughHistoryError where a year
    before is missing.
    """
    days = pd.DatetimeIndex(prices.index)
    week = np.minimum((days.day_of_year - 1) // 7 + 1, 52)
    table = prices.groupby([days.year, week]).mean().unstack(level=0).rename_axis("week")
    newest = int(days[-1].year)
    before = [year for year in range(newest - years, newest) if year in table]
    if len(before) < years:
        raise NotEnoughHistoryError(
            f"the range of {years} years needs prices of all of them and has {len(before)}: load "
            "more history."
        )
    past = table[before]
    columns = {"low": past.min(axis=1), "mean": past.mean(axis=1), "high": past.max(axis=1)}
    return pd.DataFrame({**columns, "newest": table[newest]})


def _no_order(scaled: pd.Series) -> float:
    months = pd.PeriodIndex(scaled.index).month
    groups = [scaled[months == month].to_numpy() for month in range(1, 13)]
    if min(map(len, groups)) < FEWEST_YEARS - 1 or np.ptp(scaled.to_numpy()) == 0:
        return float("nan")
    return float(stats.kruskal(*groups).pvalue)


def _strength(prices: pd.Series) -> float:
    days = pd.DatetimeIndex(prices.index)
    monthly = prices.groupby(days.tz_localize(None).to_period("M")).mean()
    monthly = monthly.reindex(pd.period_range(monthly.index[0], monthly.index[-1], freq="M"))
    level = monthly.abs().rolling(12, min_periods=1, center=True).mean()
    percent = (100 * monthly / level.where(level > 0)).interpolate().dropna()
    parts = STL(percent.to_numpy(), period=12, robust=True).fit()
    rest = float(np.var(parts.resid + parts.seasonal))
    return max(0.0, 1 - float(np.var(parts.resid)) / rest) if rest > 0 else 0.0


def _alike(first: pd.Series, second: pd.Series) -> float:
    if not first.std() or not second.std():
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def _in_real_time(changes: pd.Series) -> dict[str, float]:
    """Forecasts of each month from the changes of the same month before it, and nothing later."""
    known = changes.dropna()
    months = pd.PeriodIndex(known.index).month
    forecast = known.groupby(months).transform(lambda past: past.expanding().mean().shift(1))
    judged = forecast.iloc[_LEARNED:].dropna().index
    loss = (known[judged] - forecast[judged]).to_numpy() ** 2
    benchmark = known[judged].to_numpy() ** 2
    if len(loss) < _LEARNED or not benchmark.any():
        raise NotEnoughHistoryError(
            f"a season is judged on {_LEARNED} months and there are {len(loss)}: load more history."
        )
    return {
        "mspe_ratio": float(loss.mean() / benchmark.mean()),
        "mspe_p_value": diebold_mariano(loss, benchmark, 1),
    }
