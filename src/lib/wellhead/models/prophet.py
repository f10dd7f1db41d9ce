"""Prophet, anchored to the last price."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from prophet import Prophet
from prophet.serialize import model_from_json, model_to_json

from wellhead.errors import InputError
from wellhead.features.changes import level, signed_return
from wellhead.models.bands import (
    Matrix,
    Vector,
    band_quantiles,
    half_widths,
    scaled,
    typical_change,
    vector,
)
from wellhead.models.base import Forecaster


@dataclass(frozen=True)
class ProphetParameters:
    """`window`: sessions fitted on. The others are Prophet's own parameters of those names.

    The defaults say that a price has no trend to extrapolate and a season of hardly any size: a
    linear trend and Prophet's own priors lose 10 to 25 % to no-change on WTI since 2012.
    """

    window: int = 2500
    growth: Literal["flat", "linear"] = "flat"
    changepoint_prior_scale: float = 0.05
    seasonality_prior_scale: float = 0.001

    def __post_init__(self) -> None:
        if self.growth not in ("flat", "linear"):
            raise InputError(f"growth {self.growth!r} is not known. Choose flat or linear.")


class AnchoredProphet(Forecaster[ProphetParameters]):
    """Prophet (Taylor & Letham 2018) on the sum of signed returns, anchored to the last price.

    The sum of signed returns is a log price that zero and negative prices pass through. Prophet
    fits a smooth curve to it, from which prices stray for months, so its level is no forecast;
    its slope is one: the change of the curve from the last day to the target, times today's price
    level, is added to the last price.

    Bands are central bands of the errors that the same curve made over as many sessions in the
    past, scaled to today's volatility. The curve has seen those days: with the flat default that
    costs no coverage (81 and 95 % on WTI since 2012), with linear growth the 80 % band holds 71 %.
    Targets are the weekdays after the last row.
    """

    name = "prophet"
    min_history = 500
    parameters = ProphetParameters
    _prophet: Prophet

    def _fit(self, history: pd.DataFrame) -> None:
        index = signed_return(history["value"]).fillna(0.0).cumsum().tail(self.params.window)
        self._prophet = Prophet(
            growth=self.params.growth,
            changepoint_prior_scale=self.params.changepoint_prior_scale,
            seasonality_prior_scale=self.params.seasonality_prior_scale,
            yearly_seasonality=True,
            weekly_seasonality=False,
            daily_seasonality=False,
            uncertainty_samples=0,
        )
        with _quiet():
            self._prophet.fit(pd.DataFrame({"ds": _naive(index.index), "y": index.to_numpy()}))

    def _changes(self, history: pd.DataFrame, horizon: int) -> tuple[Vector, Matrix]:
        price, base, scale = _past(history["value"], self.params.window)
        days = pd.DatetimeIndex(history.index[-self.params.window :])
        coming = pd.bdate_range(days[-1] + pd.Timedelta(days=1), periods=horizon)
        curve = self._curve(pd.DatetimeIndex([*days, *coming]))
        so_far, ahead = curve[: len(days)], curve[len(days) :]
        mean = base[-1] * (ahead - so_far[-1])
        widths = half_widths(_anchored_errors(price, base, so_far, scale, horizon))
        return mean, band_quantiles(mean, widths * scale[-1])

    def _curve(self, days: pd.DatetimeIndex) -> Vector:
        return np.asarray(self._prophet.predict(pd.DataFrame({"ds": _naive(days)}))["yhat"])

    def _state(self) -> dict[str, bytes]:
        return {"prophet.json": model_to_json(self._prophet).encode()}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        self._prophet = model_from_json(files["prophet.json"].decode())


def _past(value: "pd.Series[float]", window: int) -> tuple[Vector, Vector, Vector]:
    """Of the last `window` rows: price, price level, typical change."""
    columns = (value, level(value), typical_change(value))
    price, base, scale = (vector(column)[-window:] for column in columns)
    return price, base, scale


def _anchored_errors(
    price: Vector, base: Vector, curve: Vector, scale: Vector, horizon: int
) -> Iterator[Vector]:
    """For h = 1 to `horizon`: past errors of anchored forecasts, in typical changes."""
    for h in range(1, horizon + 1):
        forecast = base[:-h] * (curve[h:] - curve[:-h])
        yield scaled(price[h:] - price[:-h] - forecast, scale[:-h])


def _naive(days: pd.Index) -> pd.DatetimeIndex:
    """Days as Prophet wants them: without a zone."""
    return pd.DatetimeIndex(days).tz_localize(None)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep cmdstanpy, which reports every fit, silent for the duration."""
    logger = logging.getLogger("cmdstanpy")
    before, logger.disabled = logger.disabled, True  # its level is reset by the first fit
    try:
        yield
    finally:
        logger.disabled = before
