"""Forecast bands from past changes, scaled to the volatility of today.

A price of 140 moves by more dollars than a price of 15, and a volatile month by more than a calm
one. So past changes are divided by the typical change of their own day and multiplied by today's.
Prices may have any sign.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.features.changes import level, signed_return

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

CENTRAL = (0.5, 0.8, 0.95)  # probabilities of the central bands between the stored quantiles
_SHORT, _LONG = 63, 2500  # spans, in sessions, of the two volatilities


def typical_change(value: "pd.Series[float]") -> "pd.Series[float]":
    """Typical absolute one-session change at each row, from that row and earlier ones.

    The mean of two exponential averages: of absolute changes (span 63 sessions, recent volatility),
    and of absolute signed returns (span 2,500) times the price level (usual volatility). Volatility
    returns to its mean, so neither is enough: on WTI and Brent since 2002 bands from the mix have a
    lower quantile loss at 21 and 63 sessions than bands from either. In the price's unit; zero for
    a price that has never moved; NaN in the first row.
    """
    recent = value.diff().abs().ewm(span=_SHORT).mean()
    usual = signed_return(value).abs().ewm(span=_LONG).mean() * level(value)
    return (recent + usual) / 2


def vector(series: "pd.Series[float]") -> Vector:
    """A series as a plain array."""
    return np.asarray(series, dtype=np.float64)


def scaled_changes(price: Vector, scale: Vector, horizon: int, window: int) -> Iterator[Vector]:
    """For h = 1 to `horizon`: the last `window` changes over h rows, in units of `scale`."""
    for h in range(1, horizon + 1):
        last = max(0, len(price) - h)
        first = max(0, last - window)
        yield scaled(price[first + h :] - price[first:last], scale[first:last])


def scaled(change: Vector, scale: Vector) -> Vector:
    """Changes in typical changes; rows before the price first moved are left out."""
    moved = scale > 0
    return change[moved] / scale[moved]


def half_widths(scaled_errors: Iterable[Vector]) -> Matrix:
    """Half-widths of the central 50, 80 and 95 % bands: one row per array of errors.

    They are quantiles of absolute errors. Rises and falls count alike, which doubles the sample in
    the tails. Zero where there are no errors (a price that never moved).
    """
    sizes = [np.abs(errors) for errors in scaled_errors]
    if len({len(row) for row in sizes}) == 1 and len(sizes[0]):
        return _central(np.array(sizes))  # all at once is twice as fast
    none = np.zeros(len(CENTRAL))
    return np.array([_central(row[None])[0] if row.size else none for row in sizes])


def _central(sizes: Matrix) -> Matrix:
    """The quantiles CENTRAL of each row, with the arithmetic of pandas' rolling quantiles.

    NumPy's differ in the last digit. Then a forecast would depend on whether its widths came from
    here or from `rolling_widths`.
    """
    positions = [probability * (sizes.shape[1] - 1) for probability in CENTRAL]
    below = [int(position) for position in positions]
    above = [min(place + 1, sizes.shape[1] - 1) for place in below]
    ordered = np.partition(sizes, sorted({*below, *above}), axis=1)
    shares = np.array(positions) - below
    low, high = ordered[:, below], ordered[:, above]
    return np.asarray(low + (high - low) * shares)


def band_quantiles(centre: Vector, widths: Matrix) -> Matrix:
    """The seven stored quantiles, horizons × 7: `centre` and the bands around it."""
    return centre[:, None] + np.column_stack([-widths[:, ::-1], np.zeros(len(centre)), widths])


def past_widths(history: pd.DataFrame, horizon: int, window: int) -> Matrix:
    """Half-widths of the bands of an anchored forecast, horizons × 3, in the price's unit."""
    scale = vector(typical_change(history["value"]))
    changes = scaled_changes(vector(history["value"]), scale, horizon, window)
    return half_widths(changes) * float(scale[-1])


def rolling_widths(value: "pd.Series[float]", horizons: Sequence[int], window: int) -> Matrix:
    """`past_widths` at every row of a price, rows × horizons × 3: zero before the first change.

    One pass for each horizon and band, where `past_widths` sorts the whole window at each row.
    """
    usual = vector(typical_change(value))
    scale = np.where(usual > 0, usual, np.nan)  # rows before the price first moved do not count
    price, widths = vector(value), np.zeros((len(value), len(horizons), len(CENTRAL)))
    for place, horizon in enumerate(horizons):
        sizes = np.full(len(price), np.nan)
        sizes[horizon:] = np.abs(price[horizon:] - price[:-horizon]) / scale[:-horizon]
        rolling = pd.Series(sizes).rolling(window, min_periods=1)
        for band, probability in enumerate(CENTRAL):
            widths[:, place, band] = vector(rolling.quantile(probability)) * scale
    return np.nan_to_num(widths)
