"""Backtest frames made from numbers that a test knows."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.tables import QUANTILES, STATISTICS

NORMAL = np.array([-1.959964, -1.281552, -0.67449, 0.0, 0.67449, 1.281552, 1.959964])


def walk(seed: int, sessions: int, deviation: float = 1.0) -> NDArray[np.float64]:
    """A random walk about zero: prices of both signs."""
    return np.random.default_rng(seed).normal(scale=deviation, size=sessions).cumsum()


def no_change(
    price: NDArray[np.float64],
    horizons: tuple[int, ...] = (1, 5),
    model: str = "no-change",
    bias: float = 0.0,
    deviation: float = 1.0,
) -> pd.DataFrame:
    """The last price plus `bias`, with the quantiles of a random walk of `deviation` a session."""
    days = pd.bdate_range("2000-01-03", periods=len(price) + max(horizons), tz="UTC")
    parts = [_at_horizon(price, days, h, model, bias, deviation) for h in horizons]
    return pd.concat(parts, ignore_index=True)


def _at_horizon(
    price: NDArray[np.float64],
    days: pd.DatetimeIndex,
    h: int,
    model: str,
    bias: float,
    deviation: float,
) -> pd.DataFrame:
    count = len(price)
    actual = np.concatenate([price[h:], np.full(h, np.nan)])
    target = days[h : count + h]
    quantiles = price[:, None] + bias + deviation * np.sqrt(h) * NORMAL[None, : len(QUANTILES)]
    frame = pd.DataFrame(
        {
            "model": model,
            "target_kind": "daily",
            "made_at": days[:count] + pd.Timedelta(hours=23),
            "last_observed_at": days[:count],
            "last_value": price,
            "one_step_mae": 1.0,
            "horizon": h,
            "target_at": target,
            "mean": price + bias,
            **dict(zip(STATISTICS[1:], quantiles.T, strict=True)),
            "actual": actual,
        }
    )
    known = pd.Series(target + pd.Timedelta(hours=23)).where(frame["actual"].notna())
    return frame.assign(actual_available_at=known)
