"""Value at risk and expected shortfall of tomorrow's change.

Filtered historical simulation (Barone-Adesi, Giannopoulos & Vosper 1999): the forecast of the
standard deviation times the quantile of the newest 1,000 changes, each divided by the standard
deviation that was forecast for it. Both are positive ratios of the price level. A holder (`long`)
loses when the price falls, a seller (`short`) when it rises.
"""

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from wellhead.analytics.volatility.interface import History, Matrix, Vector
from wellhead.errors import NotEnoughHistoryError

LEVELS = (0.95, 0.99)
WINDOW = 1000  # standardised changes behind a quantile


def risk_forecasts(past: History, variances: Vector) -> pd.DataFrame:
    """One row a (day, side, level): what was forecast for the next day's loss, and the loss.

    `variances`: the forecast of the next day's variance from each day, NaN where there is none.
    Columns: origin, side, level, value_at_risk, expected_shortfall, loss (NaN of the newest day).
    Raises NotEnoughHistoryError with fewer than 1,000 changes that were forecast.
    """
    before = np.append(np.nan, variances[:-1])
    standardised = past.changes / np.sqrt(before)
    first = int(np.argmax(np.isfinite(standardised)))
    known = standardised[first:]
    if not np.isfinite(known).all() or len(known) < WINDOW:
        raise NotEnoughHistoryError(
            f"value at risk needs {WINDOW} changes with a forecast and has {len(known)}: load more "
            "history."
        )
    begin = first + WINDOW - 1
    windows = sliding_window_view(known, WINDOW)
    deviation, days = np.sqrt(variances[begin:]), past.days[begin:]
    following = np.append(past.changes[begin + 1 :], np.nan)
    frames = []
    for side, sign in (("long", -1.0), ("short", 1.0)):
        losses = sign * windows
        for level in LEVELS:
            at_risk, shortfall = _tail(losses, level)
            frame = pd.DataFrame({"origin": days, "side": side, "level": level})
            frame["value_at_risk"] = deviation * at_risk
            frame["expected_shortfall"] = deviation * shortfall
            frames.append(frame.assign(loss=sign * following))
    return pd.concat(frames, ignore_index=True)


def _tail(losses: Matrix, level: float) -> tuple[Vector, Vector]:
    """The quantile of each row, and the mean of the losses from there on."""
    beyond = max(1, round(losses.shape[1] * (1 - level)))
    worst = np.sort(losses, axis=1)[:, -beyond:]
    return worst[:, 0], worst.mean(axis=1)
