"""Technical indicators, by the formulas of their authors.

Exponential averages are recursive, y[t] = y[t−1] + α (x[t] − y[t−1]), and start at the first
value (pandas' adjust=False). Wilder and Appel start at a simple mean instead; the difference fades
within a few windows. Rows before a full window are NaN.
"""

import pandas as pd


def sma(value: "pd.Series[float]", window: int) -> "pd.Series[float]":
    """Simple moving average, in the price's unit."""
    return value.rolling(window).mean()


def ema(value: "pd.Series[float]", span: int) -> "pd.Series[float]":
    """Exponential moving average with α = 2 / (span + 1), in the price's unit."""
    return value.ewm(span=span, adjust=False, min_periods=span).mean()


def wilder(value: "pd.Series[float]", window: int) -> "pd.Series[float]":
    """Wilder's smoothing: an exponential average with α = 1 / window (Wilder 1978, ch. 3)."""
    return value.ewm(alpha=1 / window, adjust=False, min_periods=window).mean()


def rsi(value: "pd.Series[float]", window: int = 14) -> "pd.Series[float]":
    """Relative strength index, 0 to 100: 100 · rise / (rise + fall) (Wilder 1978, ch. 6).

    Rise and fall are smoothed by Wilder's method. For a price that has never moved it is 50.
    """
    moved = value.diff()
    rise = wilder(moved.clip(lower=0), window)
    fall = wilder((-moved).clip(lower=0), window)
    total = rise + fall
    return (100 * rise / total).mask(total == 0, 50.0)


def macd(value: "pd.Series[float]", fast: int = 12, slow: int = 26) -> "pd.Series[float]":
    """MACD line: EMA(12) minus EMA(26), in the price's unit (Appel 1979)."""
    return ema(value, fast) - ema(value, slow)


def macd_signal(value: "pd.Series[float]", span: int = 9) -> "pd.Series[float]":
    """MACD signal: EMA(9) of the MACD line, in the price's unit (Appel 1979)."""
    return ema(macd(value), span)


def macd_histogram(value: "pd.Series[float]") -> "pd.Series[float]":
    """MACD line minus its signal, in the price's unit (Aspray 1986)."""
    return macd(value) - macd_signal(value)


def bollinger_band(
    value: "pd.Series[float]", deviations: float, window: int = 20
) -> "pd.Series[float]":
    """SMA(20) plus `deviations` population standard deviations (Bollinger 2001, ch. 7).

    In the price's unit; the bands are at +2 and −2.
    """
    rolling = value.rolling(window)
    return rolling.mean() + deviations * rolling.std(ddof=0)


def bollinger_percent_b(value: "pd.Series[float]") -> "pd.Series[float]":
    """Position between the bands: 0 at the lower, 1 at the upper (Bollinger 2001, ch. 8).

    Where the bands coincide, because the price has not moved, it is 0.5.
    """
    lower, upper = bollinger_band(value, -2), bollinger_band(value, 2)
    width = upper - lower
    return ((value - lower) / width).mask(width == 0, 0.5)


def bollinger_width(value: "pd.Series[float]") -> "pd.Series[float]":
    """Upper band minus lower band, in the price's unit.

    Bollinger divides it by the middle band, which has no meaning for prices around zero.
    """
    return bollinger_band(value, 2) - bollinger_band(value, -2)


def atr(bars: pd.DataFrame, window: int = 14) -> "pd.Series[float]":
    """Average true range, in the price's unit (Wilder 1978, ch. 3).

    `bars` has `high`, `low` and `value` (the close). The true range is the largest of
    high − low, |high − previous close| and |low − previous close|; it is smoothed by Wilder's
    method. NaN on days without a bar.
    """
    high, low, before = bars["high"], bars["low"], bars["value"].shift()
    ranges = pd.concat([high - low, (high - before).abs(), (low - before).abs()], axis=1)
    true_range = ranges.max(axis=1).where(high.notna() & low.notna())
    return wilder(true_range, window).where(true_range.notna())
