"""Prophet, anchored to the last price."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from wellhead.errors import InputError
from wellhead.features.changes import level, signed_return
from wellhead.models.bands import Vector, vector
from wellhead.models.base import Forecaster
from wellhead.models.parameters import Parameters

if TYPE_CHECKING:
    from prophet import Prophet

Growth = Literal["flat", "linear"]
Scales = tuple[Growth, float, float]
"""Growth, and Prophet's changepoint_prior_scale and seasonality_prior_scale."""

_SEASONS = (0.01, 0.1)  # seasonality_prior_scale of a small season, and of a large one
_STIFF = 0.001  # changepoint_prior_scale of a nearly straight trend
_MARGIN = 0.9  # of the error of the given scales: a smaller improvement may be chance
_FEWEST = 525  # sessions, two years: Prophet needs this many to fit a season
_FOLDS, _FOLD_LENGTH = 3, 500  # validation folds of the newest sessions; sessions of each
_FURTHER = pd.Timedelta(days=730)  # of the curve is computed at once, for the origins to come
_NOTHING_KNOWN = pd.Series(index=pd.DatetimeIndex([]), dtype=float)
_HORIZONS = (21, 63)  # sessions ahead that are validated


@dataclass(frozen=True)
class ProphetParameters(Parameters):
    """`window`: sessions fitted on. `growth`, `changepoint_prior_scale` and
    `seasonality_prior_scale` are Prophet's own. `tune`: whether each fit compares them with a few
    alternatives.

    The defaults assume no trend and hardly any season: a linear trend and Prophet's own priors lose
    10 to 25 % to no-change on WTI since 2012.
    """

    window: int = 2500
    growth: Growth = "flat"
    changepoint_prior_scale: float = 0.05
    seasonality_prior_scale: float = 0.001
    tune: bool = True

    def __post_init__(self) -> None:
        if self.growth not in ("flat", "linear"):
            raise InputError(f"growth {self.growth!r} is not known. Choose flat or linear.")


class AnchoredProphet(Forecaster[ProphetParameters]):
    """Prophet on the sum of signed returns, anchored to the last price.

    The sum of signed returns is like a log price that accepts zero and negative prices. Prophet
    fits a smooth curve to it. Prices depart from the curve for months, so its level is no forecast,
    but its slope is: the change of the curve from the last day to the target, times today's price
    level, is added to the last price.

    Each fit chooses the scales on three validation folds, the newest three times 500 sessions.
    Alternatives to the given scales must be clearly better on every fold: chosen on one fold they
    lost 10 to 20 % to no-change from 2000 to 2011, and so did a trend. Fitting the same object
    again starts from the last optimum. Targets are the weekdays after the last row.
    """

    name = "prophet"
    min_history = _FEWEST
    source = "Taylor & Letham 2018, The American Statistician 72."
    limits = "A function of time alone: it uses neither the level of the price nor other prices."
    parameters = ProphetParameters
    _prophet: "Prophet"
    _known: "pd.Series[float]"
    """Values of the curve by day: forecasts from day after day need the same ones."""

    def _fit(self, history: pd.DataFrame) -> None:
        index = signed_return(history["value"]).fillna(0.0).cumsum().tail(self.params.window)
        points = pd.DataFrame({"ds": _naive(index.index), "y": index.to_numpy()})
        scales = self._chosen(points)
        self._prophet = _fitted(points, scales, start=getattr(self, "_prophet", None))
        self._known = _NOTHING_KNOWN

    def _chosen(self, points: pd.DataFrame) -> Scales:
        """The scales with the lowest validation error."""
        given = (
            self.params.growth,
            self.params.changepoint_prior_scale,
            self.params.seasonality_prior_scale,
        )
        starts = [len(points) - _FOLD_LENGTH * fold for fold in range(1, _FOLDS + 1)]
        if not self.params.tune or starts[-1] < _FEWEST:
            return given
        choices = (given, *_alternatives(given))
        errors = np.array([[_error(points, start, one) for start in starts] for one in choices])
        beaten = (errors[1:] >= _MARGIN * errors[0]).any(axis=1)
        total = np.r_[errors[0].sum(), np.where(beaten, np.inf, errors[1:].sum(axis=1))]
        return choices[int(total.argmin())]

    def _mean_changes(self, history: pd.DataFrame, sessions: int) -> Vector:
        last_day = pd.DatetimeIndex(history.index)[-1]
        future = pd.bdate_range(last_day + pd.Timedelta(days=1), periods=sessions)
        curve = self._values(_naive(pd.DatetimeIndex([last_day, *future])))
        base = float(level(history["value"].iloc[-_FEWEST:]).iloc[-1])
        changes: Vector = base * (curve[1:] - curve[0])
        return changes

    def _values(self, days: pd.DatetimeIndex) -> Vector:
        if not days.isin(self._known.index).all():
            further = pd.date_range(days[0], days[-1] + _FURTHER)
            self._known = pd.Series(_curve(self._prophet, further), index=further)
        return vector(self._known.loc[days])

    def _state(self) -> dict[str, bytes]:
        from prophet.serialize import model_to_json

        return {"prophet.json": model_to_json(self._prophet).encode()}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        from prophet.serialize import model_from_json

        self._prophet = model_from_json(files["prophet.json"].decode())
        self._known = _NOTHING_KNOWN


def _alternatives(given: Scales) -> list[Scales]:
    """The other seasons, and for a linear trend also a stiff one."""
    growth, changepoint, seasonality = given
    bends = (changepoint, _STIFF) if growth == "linear" else (changepoint,)
    scales = [(growth, bend, season) for bend in bends for season in (seasonality, *_SEASONS)]
    return scales[1:]


def _fitted(points: pd.DataFrame, scales: Scales, start: "Prophet | None" = None) -> "Prophet":
    """A fitted curve; `start` is an earlier fit whose optimum initialises this one."""
    from prophet import Prophet
    from prophet.utilities import warm_start_params

    growth, changepoint, seasonality = scales
    curve = Prophet(
        growth=growth,
        changepoint_prior_scale=changepoint,
        seasonality_prior_scale=seasonality,
        yearly_seasonality=True,
        weekly_seasonality=False,
        daily_seasonality=False,
        uncertainty_samples=0,
    )
    alike = start is not None and start.growth == growth and len(points) == len(start.history)
    with _quiet():
        return curve.fit(points, **({"init": warm_start_params(start)} if alike else {}))


def _error(points: pd.DataFrame, start: int, scales: Scales) -> float:
    """Mean squared error of a curve's changes over one validation fold, the sessions from `start`.

    The curve is fitted on the sessions before; each horizon has the same weight.
    """
    newest = points.iloc[start : start + _FOLD_LENGTH]
    curve = _fitted(points.iloc[:start], scales)
    value, fitted = vector(newest["y"]), _curve(curve, pd.DatetimeIndex(newest["ds"]))
    changes = [(value[h:] - value[:-h], fitted[h:] - fitted[:-h], h) for h in _HORIZONS]
    return float(sum(np.mean((actual - forecast) ** 2) / h for actual, forecast, h in changes))


def _curve(curve: "Prophet", days: pd.DatetimeIndex) -> Vector:
    return np.asarray(curve.predict(pd.DataFrame({"ds": days}))["yhat"])


def _naive(days: pd.Index) -> pd.DatetimeIndex:
    """Days without a time zone, as Prophet requires."""
    return pd.DatetimeIndex(days).tz_localize(None)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence cmdstanpy, which logs every fit."""
    logger = logging.getLogger("cmdstanpy")
    before, logger.disabled = logger.disabled, True  # the first fit resets its level
    try:
        yield
    finally:
        logger.disabled = before
