"""The season of a price, as far as it can be distinguished from chance."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellhead.features.signed import from_signed_log, signed_log
from wellhead.models.artifacts import to_json
from wellhead.models.bands import Vector
from wellhead.models.base import Forecaster
from wellhead.models.parameters import Parameters

_MONTHS = 12
_LIMIT = 0.5  # of a session's change in logarithms, so that no day determines a season
_FEWEST_YEARS = 3


@dataclass(frozen=True)
class SeasonalParameters(Parameters):
    """`window`: sessions that the profile is estimated on; fifteen years."""

    window: int = 3780


class Seasonal(Forecaster[SeasonalParameters]):
    """The usual change of each calendar month in past years, shrunk by its uncertainty.

    The profile is the mean change per session in each month of the year, in signed logarithms,
    minus the mean of all months, since a season has no drift. It is multiplied by the share of its
    variance that exceeds chance, 1 − noise / variance, or zero if that is negative (positive-part
    James–Stein), so a commodity without a season gets none. The noise is estimated from the
    differences between years.
    """

    name = "seasonal"
    min_history = 504
    source = "James & Stein 1961; Efron & Morris 1973, JASA 68, for the positive part."
    limits = "It uses only the month of the year; with less than three years it is no-change."
    parameters = SeasonalParameters
    _profile: Vector

    def _fit(self, history: pd.DataFrame) -> None:
        logs = signed_log(history["value"].tail(self.params.window + 1))
        changes = logs.diff().iloc[1:].clip(-_LIMIT, _LIMIT)
        days = pd.DatetimeIndex(changes.index)
        by_year = changes.groupby([days.year, days.month]).mean().unstack()
        self._profile = np.zeros(_MONTHS)
        if by_year.shape[1] == _MONTHS and by_year.count().min() >= _FEWEST_YEARS:
            means = by_year.mean() - by_year.mean().mean()
            noise, variance = (by_year.var() / by_year.count()).mean(), means.var()
            share = max(0.0, 1 - noise / variance) if variance > 0 else 0.0
            self._profile = share * means.to_numpy()

    def _mean_changes(self, history: pd.DataFrame, sessions: int) -> Vector:
        last_day, last = pd.DatetimeIndex(history.index)[-1], float(history["value"].iloc[-1])
        future = pd.bdate_range(last_day + pd.Timedelta(days=1), periods=sessions)
        change = np.cumsum(self._profile[future.month - 1])
        path: Vector = from_signed_log(signed_log(np.array([last])) + change)
        return path - last

    def _state(self) -> dict[str, bytes]:
        return {"seasonal.json": to_json({"profile": list(self._profile)})}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        self._profile = np.array(json.loads(files["seasonal.json"])["profile"])
