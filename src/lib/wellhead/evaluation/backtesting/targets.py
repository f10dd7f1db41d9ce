"""Forecasts of a target from a fitted model: prices of coming sessions, and averages of months.

A model gives a path of daily prices. The average of a month combines the prices already known with
the path. Daily horizons count sessions from 1; monthly horizons count months from 0, the running
month.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.calendars import next_sessions, sessions_between
from wellhead.catalogue.targets import Target
from wellhead.errors import NotEnoughHistoryError
from wellhead.evaluation.backtesting.actuals import month_start
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
from wellhead.tables import STATISTICS

BAND_WINDOW = 2500  # past sessions that a month's bands are measured on, as for no-change
_FEWEST_ERRORS = 63


class TargetForecast(NamedTuple):
    """A forecast of one target: one entry per horizon.

    `target_at`: the sessions, or the first days of the months. `statistics`: horizons × 8, in the
    order of STATISTICS.
    """

    horizons: NDArray[np.int_]
    target_at: pd.DatetimeIndex
    statistics: Matrix

    def frame(self) -> pd.DataFrame:
        """One row per horizon: horizon, target_at, the STATISTICS."""
        rows = pd.DataFrame(self.statistics, columns=list(STATISTICS))
        rows.insert(0, "target_at", self.target_at)
        rows.insert(0, "horizon", self.horizons)
        return rows

    def at(self, horizons: Sequence[int]) -> Self:
        """The forecast at some of its horizons alone."""
        places = np.searchsorted(self.horizons, horizons)
        return self._replace(
            horizons=self.horizons[places],
            target_at=self.target_at[places],
            statistics=self.statistics[places],
        )


def target_forecast(
    model: Forecaster[Any],
    target: Target,
    history: pd.DataFrame,
    made_at: pd.Timestamp,
    count: int,
    calendar: str,
) -> TargetForecast:
    """The next `count` sessions, or the running month and the next `count` months."""
    if target == Target.DAILY:
        return daily_forecast(model, history, count, calendar)
    return monthly_forecast(model, history, made_at, count, calendar)


def daily_forecast(
    model: Forecaster[Any],
    history: pd.DataFrame,
    horizon: int,
    calendar: str,
    widths: Matrix | None = None,
) -> TargetForecast:
    """Horizons 1 to `horizon`: the sessions after the last row of `history`.

    `widths` as in `Forecaster.predict`.
    """
    statistics = model.predict(history, horizon, widths).to_numpy(dtype=float)
    target_at = next_sessions(calendar, history.index[-1], horizon)
    return TargetForecast(np.arange(1, horizon + 1), target_at, statistics)


def monthly_forecast(
    model: Forecaster[Any],
    history: pd.DataFrame,
    made_at: pd.Timestamp,
    months: int,
    calendar: str,
) -> TargetForecast:
    """Horizons 0 to `months`; horizon 0 is the month of `made_at`.

    The mean of a month is (the sum of its known prices + the sum of the model's mean path over its
    remaining sessions) / the number of both. The bands are those of past no-change forecasts of
    equally many sessions equally far ahead.

    Raises NotEnoughHistoryError where the history is too short to measure the bands.
    """
    starts = pd.date_range(month_start(made_at), periods=months + 2, freq="MS")
    days = pd.DatetimeIndex(history.index)
    future = sessions_between(calendar, days[-1] + pd.Timedelta(days=1), starts[-1])
    value, ahead = vector(history["value"]), future.searchsorted(starts)
    path = model.mean_path(history, max(1, int(ahead[-1])))
    known, mean, spans = days.searchsorted(starts), np.empty(months + 1), []
    for h in range(months + 1):
        past, remaining = value[known[h] : known[h + 1]], path[ahead[h] : ahead[h + 1]]
        mean[h] = _mean(past, remaining, value[-1])
        spans.append((int(ahead[h]), int(ahead[h + 1]), len(past)))
    scale = vector(typical_change(history["value"]))
    widths = half_widths(_past_errors(value, scale, spans)) * scale[-1]
    statistics = np.column_stack([mean, band_quantiles(mean, widths)])
    return TargetForecast(np.arange(months + 1), starts[:-1], statistics)


def _mean(past: Vector, remaining: Vector, last: float) -> float:
    """Exact where the whole month is known, and where every remaining price is the last price."""
    if not len(remaining):
        return float(past.mean())
    return last + float(np.mean(np.concatenate([past, remaining]) - last))


def _past_errors(
    price: Vector, scale: Vector, spans: list[tuple[int, int, int]]
) -> Iterator[Vector]:
    """For each month the errors of past no-change forecasts, in typical changes `scale`.

    A span is (first, last, known). The error of a past session is the mean of the prices more than
    `first` and up to `last` sessions after it, minus its own price; `known` days without an error
    dilute it.
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
