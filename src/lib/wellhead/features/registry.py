"""Every feature by name: its function, unit and literature.

To add a feature, write one function and one line here; the look-ahead tests include it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from wellhead.features import calendar, changes, indicators, rolling

PRICE = "the price's unit"
RATIO = "ratio"


@dataclass(frozen=True)
class Feature:
    """One feature: a function of a frame indexed by day, of which it reads the columns `needs`.

    The value at a row depends only on that row and earlier ones. A feature is left out if the frame
    lacks its columns.
    """

    compute: Callable[[pd.DataFrame], "pd.Series[float]"]
    unit: str
    source: str
    needs: tuple[str, ...] = ("value",)


def _of_price(
    function: Callable[..., "pd.Series[float]"], unit: str, source: str, **settings: float
) -> Feature:
    compute = partial(function, **settings)
    return Feature(lambda frame: compute(frame["value"]), unit, source)


def _of_date(function: Callable[[pd.DatetimeIndex], "pd.Series[float]"], unit: str) -> Feature:
    return Feature(lambda frame: function(pd.DatetimeIndex(frame.index)), unit, "calendar", ())


_BOLLINGER, _WILDER, _APPEL = "Bollinger 2001", "Wilder 1978", "Appel 1979"
_LEVEL = "change / trailing mean absolute price"

FEATURES: dict[str, Feature] = {
    **{
        f"lag_{n}": _of_price(changes.lag, PRICE, "price n rows ago", sessions=n)
        for n in (1, 2, 3, 5, 10, 21)
    },
    **{
        f"change_{n}": _of_price(changes.change, PRICE, "price − price n rows ago", sessions=n)
        for n in (1, 5, 21)
    },
    "signed_return": _of_price(changes.signed_return, RATIO, _LEVEL),
    **{
        f"momentum_{n}": _of_price(changes.momentum, RATIO, _LEVEL, sessions=n) for n in (5, 21, 63)
    },
    **{
        f"rolling_{name}_{n}": _of_price(function, PRICE, f"trailing {name}", window=n)
        for n in (5, 21, 63)
        for name, function in (
            ("mean", rolling.rolling_mean),
            ("std", rolling.rolling_std),
            ("min", rolling.rolling_min),
            ("max", rolling.rolling_max),
        )
    },
    **{
        f"realised_volatility_{n}": _of_price(
            rolling.realised_volatility, "ratio a year", "Andersen et al. 2003", window=n
        )
        for n in (21, 63)
    },
    "mean_gap_1260": _of_price(rolling.mean_gap, RATIO, "Schwartz 1997", window=1260),
    **{
        f"sma_{n}": _of_price(indicators.sma, PRICE, "simple average", window=n)
        for n in (20, 50, 200)
    },
    **{
        f"ema_{n}": _of_price(indicators.ema, PRICE, "exponential average", span=n)
        for n in (12, 26)
    },
    "rsi_14": _of_price(indicators.rsi, "0 to 100", _WILDER),
    "macd": _of_price(indicators.macd, PRICE, _APPEL),
    "macd_signal": _of_price(indicators.macd_signal, PRICE, _APPEL),
    "macd_histogram": _of_price(indicators.macd_histogram, PRICE, "Aspray 1986"),
    "bollinger_upper": _of_price(indicators.bollinger_band, PRICE, _BOLLINGER, deviations=2),
    "bollinger_lower": _of_price(indicators.bollinger_band, PRICE, _BOLLINGER, deviations=-2),
    "bollinger_percent_b": _of_price(indicators.bollinger_percent_b, RATIO, _BOLLINGER),
    "bollinger_width": _of_price(indicators.bollinger_width, PRICE, _BOLLINGER),
    "atr_14": Feature(indicators.atr, PRICE, _WILDER, ("high", "low", "value")),
    "day_of_week": _of_date(calendar.day_of_week, "0 Monday to 6 Sunday"),
    "month": _of_date(calendar.month, "1 to 12"),
    "day_of_year_sin": _of_date(calendar.day_of_year_sin, "−1 to 1"),
    "day_of_year_cos": _of_date(calendar.day_of_year_cos, "−1 to 1"),
    "days_to_month_end": _of_date(calendar.days_to_month_end, "days"),
}
