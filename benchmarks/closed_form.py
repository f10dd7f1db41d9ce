"""Backtests of the two forecasts with a closed form, for every session at once.

No-change and mean reversion, in the form that `wellhead.evaluation.backtesting.backtest` returns,
on a CSV (`date,value`) whose prices are known at the end of their day. Sessions are the days that
have a price. Quantiles are those of `wellhead.models.bands`: past changes, scaled to the day.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.models.bands import CENTRAL, band_quantiles, typical_change
from wellhead.tables import STATISTICS

PRICES = Path(__file__).resolve().parents[2] / "shared" / "data" / "prices"
SERIES = {"WTI": "wti", "BRENT": "brent", "HENRY_HUB": "henry_hub"}
SPEED = {"WTI": 0.02, "BRENT": 0.02, "HENRY_HUB": 0.04}  # a month, towards the five-year mean
_YEARS_5, _BAND_WINDOW = 1260, 2500


def prices(series: str, folder: Path = PRICES) -> "pd.Series[float]":
    """Daily prices of WTI, BRENT or HENRY_HUB, indexed by day in UTC."""
    path = folder / f"{SERIES[series]}_spot_daily.csv"
    read = pd.read_csv(path, index_col="date", parse_dates=True)["value"].dropna()
    return read.tz_localize("UTC")


def signed_log(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """asinh(p / 2): the logarithm of high prices, and finite at and below zero."""
    return np.arcsinh(value / 2)


def backtest(
    price: "pd.Series[float]", horizons: tuple[int, ...], model: str = "no-change", speed: float = 0
) -> pd.DataFrame:
    """One row a (session, horizon); `speed` is the monthly share of the way to the mean."""
    return pd.concat(
        [_at_horizon(price, horizon, model, speed) for horizon in horizons], ignore_index=True
    )


def mean_path(price: "pd.Series[float]", sessions: int, speed: float) -> NDArray[np.float64]:
    """The forecast from each row, `sessions` ahead: log price pulled to its five-year mean."""
    now = signed_log(price.to_numpy())
    usual = pd.Series(now).rolling(_YEARS_5, min_periods=250).mean().to_numpy()
    pulled = now + (usual - now) * (1 - (1 - speed) ** (sessions / 21))
    return np.where(np.isnan(usual) | (speed == 0), price.to_numpy(), 2 * np.sinh(pulled))


def _at_horizon(price: "pd.Series[float]", h: int, model: str, speed: float) -> pd.DataFrame:
    value, days = price.to_numpy(), pd.DatetimeIndex(price.index)
    typical = typical_change(price).to_numpy()
    past = np.full(len(value), np.nan)
    past[h:] = np.abs(value[h:] - value[:-h]) / typical[:-h]
    sizes = pd.Series(past).rolling(_BAND_WINDOW, min_periods=63)
    widths = np.column_stack([sizes.quantile(p) for p in CENTRAL]) * typical[:, None]
    mean = mean_path(price, h, speed)
    ahead = days + pd.to_timedelta(round(h * 365 / 252), unit="D")  # where the day is to come
    frame = pd.DataFrame(
        {
            "model": model,
            "target_kind": "daily",
            "made_at": days + pd.Timedelta(hours=23),
            "last_observed_at": days,
            "last_value": value,
            "one_step_mae": np.abs(price.diff()).expanding().mean().to_numpy(),
            "horizon": h,
            "target_at": days[h:].append(ahead[-h:]),
            "mean": mean,
        }
    )
    frame[list(STATISTICS[1:])] = band_quantiles(mean, widths)
    frame["actual"] = np.concatenate([value[h:], np.full(h, np.nan)])
    known = frame["target_at"] + pd.Timedelta(hours=23)
    frame["actual_available_at"] = known.where(frame["actual"].notna())
    return frame.dropna(subset=list(STATISTICS)).reset_index(drop=True)


def empirical(
    frame: pd.DataFrame, price: "pd.Series[float]", sessions: int = _YEARS_5
) -> pd.DataFrame:
    """No-change with quantiles of its own errors of the last five years: the usual benchmark."""
    parts = []
    for h, part in frame.groupby("horizon", sort=False):
        rolling = price.diff(int(h)).rolling(sessions, min_periods=100)
        found = part.assign(mean=part["last_value"])
        for name in STATISTICS[1:]:
            change = rolling.quantile(float(name[1:])).reindex(part["last_observed_at"])
            found[name] = part["last_value"].to_numpy() + change.to_numpy()
        parts.append(found)
    return pd.concat(parts)


def monthly(
    price: "pd.Series[float]", moments: pd.DatetimeIndex, months: int = 12, speed: float = 0
) -> pd.DataFrame:
    """Forecasts of monthly averages from given moments: known days and the path of the others.

    One row a (moment, horizon 0 to `months`): made_at, last_value, target_at, horizon, mean, and
    actual, NaN where the month is not over. Days are known at the end of their day.
    """
    value, days = price.to_numpy(), pd.DatetimeIndex(price.index)
    known_at = days + pd.Timedelta(hours=23)
    averages = price.groupby(days.normalize() - pd.to_timedelta(days.day - 1, unit="D")).mean()
    usual = pd.Series(signed_log(value)).rolling(_YEARS_5, min_periods=250).mean().to_numpy()
    coming = pd.bdate_range(days[0], days[-1] + pd.DateOffset(months=months + 2))
    rows = []
    for moment in moments:
        last = int(known_at.searchsorted(moment, side="right")) - 1
        ahead = coming[coming.searchsorted(days[last], side="right") :]
        now = signed_log(value[last : last + 1])[0]
        way = 1 - (1 - speed) ** (np.arange(1, len(ahead) + 1) / 21)
        path = (
            2 * np.sinh(now + (usual[last] - now) * way)
            if speed
            else np.full(len(ahead), value[last])
        )
        first = pd.Timestamp(moment.year, moment.month, 1, tz="UTC")
        for h in range(months + 1):
            begin, end = first + pd.DateOffset(months=h), first + pd.DateOffset(months=h + 1)
            past = value[: last + 1][(days[: last + 1] >= begin) & (days[: last + 1] < end)]
            future = path[(ahead >= begin) & (ahead < end)]
            over = end <= days[-1] + pd.Timedelta(days=4)
            rows.append(
                (
                    moment,
                    value[last],
                    begin,
                    h,
                    np.concatenate([past, future]).mean(),
                    averages.get(begin, np.nan) if over else np.nan,
                )
            )
    names = ["made_at", "last_value", "target_at", "horizon", "mean", "actual"]
    return pd.DataFrame(rows, columns=names)
