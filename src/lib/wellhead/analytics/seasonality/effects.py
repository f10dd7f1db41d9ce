"""Months and weekdays: how far they lie from the rest, and whether that may be luck.

Levels are in percent of their year's mean, since dollars mix decades; changes are in units of their
recent volatility, since a wild year would decide alone.
"""

import numpy as np
import pandas as pd
from scipy import stats

from wellhead.errors import NotEnoughHistoryError
from wellhead.evaluation.scoring.significance import holm

FEWEST_YEARS = 5
_LEVEL = 0.95
_HALF_LIFE = 63  # sessions of recent volatility
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def month_levels(prices: pd.Series) -> pd.DataFrame:
    """A row a complete year, a column a month: the month's average in percent of the year's mean.

    `prices`: signed, by day or month. The distance from the mean is divided by the mean of absolute
    values, which is positive also where a price is not. Complete years have twelve months.
    """
    days = pd.DatetimeIndex(prices.index)
    table = prices.groupby([days.year, days.month]).mean().unstack()
    complete = table.reindex(columns=range(1, 13)).dropna()
    distance = complete.sub(complete.mean(axis=1), axis=0)
    size = complete.abs().mean(axis=1)
    percent = 100 * distance.div(size.where(size > 0), axis=0)
    return percent.dropna().rename_axis(index="year", columns="month")


def month_effects(prices: pd.Series) -> pd.DataFrame:
    """One row a month: years, effect, low, high, years_above, p_value, p_corrected.

    `effect`: the mean over years of `month_levels`, in percent, with its 95 % interval by Student's
    t over the years: what happens within a year does not depend on other years. The p-value is that
    of no effect, corrected for twelve months (Holm). Raises NotEnoughHistoryError with fewer than
    five complete years.
    """
    levels = month_levels(prices)
    if len(levels) < FEWEST_YEARS:
        raise NotEnoughHistoryError(
            f"a season needs {FEWEST_YEARS} complete years and has {len(levels)}: load more "
            "history."
        )
    table = pd.DataFrame([_mean(levels[month].to_numpy()) for month in levels], levels.columns)
    table.insert(0, "years", len(levels))
    table["years_above"] = (levels > 0).sum()
    return _corrected(table)


def weekday_effects(changes: pd.Series) -> pd.DataFrame:
    """One row a weekday that occurs: days, effect, low, high, p_value, p_corrected.

    `changes`: daily, of a signed price. `effect`: the mean of that weekday's changes less that of
    all, in standard deviations of a recent day. Raises NotEnoughHistoryError with fewer than five
    years of sessions.
    """
    scaled = in_recent_deviations(changes)
    if len(scaled) < FEWEST_YEARS * 250:
        raise NotEnoughHistoryError(
            f"weekdays need {FEWEST_YEARS * 250} changes and have {len(scaled)}: load more history."
        )
    centred = scaled - scaled.mean()
    groups = centred.groupby(pd.DatetimeIndex(centred.index).day_of_week)
    rows = {WEEKDAYS[int(str(day))]: _mean(group.to_numpy()) for day, group in groups}
    table = pd.DataFrame(rows).T.rename_axis("weekday")
    table.insert(0, "days", groups.size().to_numpy())
    return _corrected(table)


def in_recent_deviations(changes: pd.Series, half_life: int = _HALF_LIFE) -> pd.Series:
    """Each change divided by the deviation that was usual before it; the first changes have none.

    A change `half_life` rows before counts half.

    The recent deviation is never taken as less than a tenth of the usual one of the whole past
    before it, so that a flat stretch does not make a giant of the next change.
    """
    known = changes.dropna()
    squares = (known**2).shift(1)
    recent = squares.ewm(halflife=half_life, min_periods=half_life).mean()
    floor = squares.expanding(half_life).mean() / 100
    deviation = recent.clip(lower=floor) ** 0.5
    scaled: pd.Series = known / deviation.where(deviation > 0)
    return scaled.dropna()


def _mean(values: np.ndarray) -> dict[str, float]:
    """The mean with its interval and the p-value of zero; NaN for values that do not differ."""
    count, mean = len(values), float(values.mean())
    error = float(values.std(ddof=1) / np.sqrt(count)) if count > 1 else float("nan")
    reach = float(stats.t.ppf((1 + _LEVEL) / 2, count - 1)) * error if count > 1 else float("nan")
    p_value = 2 * float(stats.t.sf(abs(mean) / error, count - 1)) if error > 0 else float("nan")
    return {"effect": mean, "low": mean - reach, "high": mean + reach, "p_value": p_value}


def _corrected(table: pd.DataFrame) -> pd.DataFrame:
    p_values = {str(name): float(p) for name, p in table["p_value"].items()}
    corrected = holm(p_values)
    return table.assign(p_corrected=[corrected[str(name)] for name in table.index])
