"""Correlations of changes, each with an interval that allows for calm and wild times.

Changes of prices cluster: the usual standard error of a correlation, 1/√n, is too small by a third
and more. The one here comes from the influence of each day on the coefficient.
"""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import stats

from wellhead.errors import NotEnoughHistoryError
from wellhead.evaluation.scoring.significance import holm

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

FEWEST = 21  # days
LEVEL = 0.95
_VALUES = ("correlation", "low", "high", "p_value")
_ALMOST_ONE = 1 - 1e-12  # Fisher's z of 1 is infinite
WINDOWS = (21, 63, 252)


def correlations(changes: pd.DataFrame) -> pd.DataFrame:
    """One row a pair of columns: left, right, days, correlation, low, high, p_value, p_corrected.

    `changes`: a column a series, a row a day; a pair counts the days that both have. The interval
    holds the correlation in 95 of 100 samples; the p-value is that of no correlation, corrected for
    the number of pairs (Holm). Pairs with fewer than 21 days, or a series that does not move, have
    NaN.
    """
    pairs = combinations(changes.columns, 2)
    rows = [
        {"left": left, "right": right, **_pair(changes[[left, right]])} for left, right in pairs
    ]
    table = pd.DataFrame(rows)
    names = table["left"] + " / " + table["right"]
    corrected = holm(dict(zip(names, table["p_value"], strict=True)))
    return table.assign(p_corrected=names.map(corrected).where(table["p_value"].notna()))


def rolling_correlation(left: pd.Series, right: pd.Series, window: int) -> pd.DataFrame:
    """The correlation of the newest `window` common days, by day: correlation, low, high.

    Windows that overlap share days: neighbouring rows are no independent evidence.
    """
    both = pd.DataFrame({"left": left, "right": right}).dropna()
    if window < FEWEST:
        raise ValueError(f"a window has {FEWEST} days or more, not {window}")
    table = pd.DataFrame(np.nan, both.index, ["correlation", "low", "high"])
    if len(both) >= window:
        windows = sliding_window_view(both.to_numpy(float), window, axis=0)
        estimate, error = _estimate(windows[:, 0], windows[:, 1])
        columns = np.column_stack([estimate, *_interval(estimate, error, window)])
        table.iloc[window - 1 :] = columns
    return table


def weighted_correlation(left: pd.Series, right: pd.Series, half_life: int = 63) -> pd.Series:
    """The correlation by day with exponential weights: what is `half_life` days old counts half."""
    both = pd.DataFrame({"left": left, "right": right}).dropna()
    weighted = both["left"].ewm(halflife=half_life, min_periods=FEWEST).corr(both["right"])
    return weighted.clip(-1, 1).rename("correlation")


def lead_lag(left: pd.Series, right: pd.Series, lags: int = 5) -> pd.DataFrame:
    """The correlation of `left` with `right` some days later, one row a lag.

    Columns: lag (positive: left moves first), days, correlation, low, high, p_value, p_corrected
    (Holm, over the lags other than 0). Days are counted in common days, and each lag has the same
    ones of `left`. Where two prices are fixed at different hours, the later one has heard the rest
    of the day: that part shows as a lead of the market that closes later, at a lag of one day, and
    can be earned by nobody.
    """
    both = pd.DataFrame({"left": left, "right": right}).dropna().to_numpy(float)
    window = max(len(both) - 2 * lags, 0)
    shifted = [both[lags + lag : lags + lag + window, 1] for lag in range(-lags, lags + 1)]
    leading = np.broadcast_to(both[lags : lags + window, 0], (len(shifted), window))
    table = pd.DataFrame({"lag": range(-lags, lags + 1), **_of_rows(leading, np.array(shifted))})
    others = table[table["lag"] != 0]
    corrected = holm(dict(zip(others["lag"].astype(str), others["p_value"], strict=True)))
    return table.assign(p_corrected=table["lag"].astype(str).map(corrected))


def correlation(left: pd.Series, right: pd.Series) -> dict[str, float]:
    """The row of one pair. Raises NotEnoughHistoryError with fewer than 21 common days."""
    row = _pair(pd.DataFrame({"left": left, "right": right}))
    if row["days"] < FEWEST:
        raise NotEnoughHistoryError(
            f"a correlation needs {FEWEST} common days and has {row['days']:.0f}: load more "
            "history."
        )
    return row


def _pair(pair: pd.DataFrame) -> dict[str, float]:
    known = pair.dropna().to_numpy(float)
    row = _of_rows(known[None, :, 0], known[None, :, 1])
    return {"days": len(known), **{name: float(row[name][0]) for name in _VALUES}}


def _of_rows(left: Matrix, right: Matrix) -> dict[str, Any]:
    """The columns days and `_VALUES`; NaN with fewer than 21 days, or where one does not move."""
    days = left.shape[1]
    nothing = np.full(len(left), np.nan)
    if days < FEWEST:
        return {"days": days, **dict.fromkeys(_VALUES, nothing)}
    of = _estimate(left, right)
    p_value = 2 * stats.t.sf(np.abs(_z(of[0])) / _error_of_z(*of, days), days - 2)
    return {
        "days": days,
        **dict(zip(_VALUES, (of[0], *_interval(*of, days), p_value), strict=True)),
    }


def _estimate(left: Matrix, right: Matrix) -> tuple[Vector, Vector]:
    """The correlation in each row, and its standard error; NaN where one does not move."""
    first, second = _scaled(left), _scaled(right)
    estimate = np.clip((first * second).mean(axis=1), -1, 1)
    influence = first * second - estimate[:, None] * (first**2 + second**2) / 2
    return estimate, influence.std(axis=1) / np.sqrt(left.shape[1])


def _scaled(rows: Matrix) -> Matrix:
    deviation = rows.std(axis=1, keepdims=True)
    return np.asarray(
        (rows - rows.mean(axis=1, keepdims=True)) / np.where(deviation, deviation, np.nan)
    )


def _interval(estimate: Vector, error: Vector, days: int) -> tuple[Vector, Vector]:
    """By Fisher's transformation, in which the estimate is nearly normal and stays within ±1."""
    reach = stats.t.ppf((1 + LEVEL) / 2, days - 2) * _error_of_z(estimate, error, days)
    return np.tanh(_z(estimate) - reach), np.tanh(_z(estimate) + reach)


def _z(estimate: Vector) -> Vector:
    return np.asarray(np.arctanh(np.clip(estimate, -_ALMOST_ONE, _ALMOST_ONE)))


def _error_of_z(estimate: Vector, error: Vector, days: int) -> Vector:
    """The standard error of Fisher's z; never below that of independent normal changes."""
    clipped = np.clip(estimate, -_ALMOST_ONE, _ALMOST_ONE)
    return np.asarray(np.maximum(error / (1 - clipped**2), 1 / np.sqrt(days - 3)))
