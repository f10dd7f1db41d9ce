"""What is forecast: the price of a coming session, and the average of a calendar month.

A model gives a path of daily prices; a month is what is known of it and what the path says of the
rest. Horizons of days count sessions from 1; those of months count from 0, the running month.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.calendars import next_sessions, sessions, sessions_between
from wellhead.catalogue.targets import Target
from wellhead.errors import NotEnoughHistoryError
from wellhead.features.point_in_time import as_of
from wellhead.models import Forecaster
from wellhead.models.bands import (
    Matrix,
    Vector,
    band_quantiles,
    half_widths,
    scaled,
    typical_change,
    vector,
)

TargetForecast = tuple[NDArray[np.int_], pd.DatetimeIndex, Matrix]
"""Horizons, the sessions or months they are of, and their statistics: horizons × 8."""

BAND_WINDOW = 2500  # past sessions that the bands of a month are measured from, as no-change's are
_FEWEST_ERRORS = 63


def target_forecast(
    model: Forecaster[Any],
    target: Target,
    history: pd.DataFrame,
    made_at: pd.Timestamp,
    count: int,
    calendar: str,
) -> TargetForecast:
    """What a model says of a target: `count` sessions, or the running month and `count` more."""
    if target == Target.DAILY:
        return daily_forecast(model, history, count, calendar)
    return monthly_forecast(model, history, made_at, count, calendar)


def daily_forecast(
    model: Forecaster[Any], history: pd.DataFrame, horizon: int, calendar: str
) -> TargetForecast:
    """Horizons 1 to `horizon`, the sessions they are of, and their statistics (rows × 8)."""
    statistics = model.predict(history, horizon).to_numpy(dtype=float)
    targets = next_sessions(calendar, history.index[-1], horizon)
    return np.arange(1, horizon + 1), targets, statistics


def monthly_forecast(
    model: Forecaster[Any],
    history: pd.DataFrame,
    made_at: pd.Timestamp,
    months: int,
    calendar: str,
) -> TargetForecast:
    """Horizons 0 to `months`, the first days of their months, and their statistics (rows × 8).

    Horizon 0 is the month of `made_at`. The mean of a month is (the sum of its known prices + the
    sum of the model's mean path over its sessions that are still to come) / the number of both.
    The bands are those of past no-change forecasts of as many sessions as far ahead.

    Raises NotEnoughHistoryError where the past is too short to measure them.
    """
    starts = pd.date_range(month_start(made_at), periods=months + 2, freq="MS")
    days = pd.DatetimeIndex(history.index)
    coming = sessions_between(calendar, days[-1] + pd.Timedelta(days=1), starts[-1])
    value, ahead = vector(history["value"]), coming.searchsorted(starts)
    path = model.mean_path(history, max(1, int(ahead[-1])))
    known, mean, spans = days.searchsorted(starts), np.empty(months + 1), []
    for h in range(months + 1):
        past, to_come = value[known[h] : known[h + 1]], path[ahead[h] : ahead[h + 1]]
        mean[h] = _mean(past, to_come, value[-1])
        spans.append((int(ahead[h]), int(ahead[h + 1]), len(past)))
    scale = vector(typical_change(history["value"]))
    widths = half_widths(_past_errors(value, scale, spans)) * scale[-1]
    return np.arange(months + 1), starts[:-1], np.column_stack([mean, band_quantiles(mean, widths)])


def _mean(past: Vector, to_come: Vector, last: float) -> float:
    """Exact where all is known, and where all that is said is that the last price stays."""
    if not len(to_come):
        return float(past.mean())
    return last + float(np.mean(np.concatenate([past, to_come]) - last))


def _past_errors(
    price: Vector, scale: Vector, spans: list[tuple[int, int, int]]
) -> Iterator[Vector]:
    """Of each month: past errors of no-change, in typical changes `scale`, one a past session.

    A span is (first, last, known): from a past session as far away, the prices of the sessions
    after `first` up to `last`, against the price of that session; days known already dilute it.
    """
    sums = np.concatenate([[0.0], np.cumsum(price)])
    for first, last, known in spans:
        if first == last:
            yield np.zeros(1)
            continue
        count = len(price) - last
        if count < _FEWEST_ERRORS:
            raise NotEnoughHistoryError(
                f"a band of {last} sessions ahead needs {last + _FEWEST_ERRORS} observations and "
                f"has {len(price)}: load an earlier start, or forecast fewer months."
            )
        totals = sums[last + 1 :] - sums[first + 1 : first + 1 + count]
        error = (totals / (last - first) - price[:count]) * (last - first) / (last - first + known)
        yield scaled(error[-BAND_WINDOW:], scale[:count][-BAND_WINDOW:])


def month_start(moment: Any) -> Any:
    """The midnight that begins the month of a moment, or of each of an index."""
    day = moment.normalize()
    return day - pd.to_timedelta(day.day - 1, unit="D")


def actuals(observations: pd.DataFrame, target: Target, calendar: str) -> pd.DataFrame:
    """What came: indexed by `target_at`, columns actual and actual_available_at.

    Of a day the latest vintage, known since that vintage was. Of a month the mean of its days'
    latest vintages, known since the last of them was; a month counts once its last session, or a
    later day, has a price.
    """
    latest = as_of(observations, observations["available_at"].max())
    days = latest[["value", "available_at"]].set_axis(["actual", "actual_available_at"], axis=1)
    days = days.rename_axis("target_at")
    return days if target == Target.DAILY else _monthly(days, observations, calendar)


def _monthly(days: pd.DataFrame, observations: pd.DataFrame, calendar: str) -> pd.DataFrame:
    starts = month_start(pd.DatetimeIndex(days.index))
    # Mean of an array as in a forecast: a month of which all is known is hit to the last digit.
    months = days.groupby(starts).agg(
        actual=("actual", lambda part: part.to_numpy(dtype=float).mean()),
        actual_available_at=("actual_available_at", "max"),
    )
    months.index.name = "target_at"
    over = _known_over(observations, pd.DatetimeIndex(months.index), calendar)
    complete = months[over.notna().to_numpy()]
    later = complete["actual_available_at"].combine(over.dropna(), max)
    return complete.assign(actual_available_at=later)


def _known_over(
    observations: pd.DataFrame, starts: pd.DatetimeIndex, calendar: str
) -> "pd.Series[pd.Timestamp]":
    """Of each month, when a price of its last session or of a later day was first known."""
    first_known = observations.groupby("observed_at")["available_at"].min()
    since = first_known[::-1].cummin()[::-1]
    trading = sessions(calendar)
    last = trading[trading.searchsorted(starts + pd.offsets.MonthBegin()) - 1]
    place = pd.DatetimeIndex(since.index).searchsorted(last)
    known = [since.iloc[i] if i < len(since) else pd.NaT for i in place]
    return pd.Series(known, index=starts, dtype=since.dtype)
