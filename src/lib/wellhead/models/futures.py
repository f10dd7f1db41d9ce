"""The price path that futures imply, where a strip is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellhead.features.signed import from_signed_log, signed_log
from wellhead.models.bands import Vector
from wellhead.models.base import Forecaster
from wellhead.models.parameters import Parameters

_CONTRACTS = (1, 2, 3, 4)
_SESSIONS_A_DAY = 21 / 30.44  # of the calendar


@dataclass(frozen=True)
class FuturesParameters(Parameters):
    """`strip`: the columns are this name with _1 to _4, nearest delivery first."""

    strip: str = "WTI_FUTURE"


class Futures(Forecaster[FuturesParameters]):
    """The price follows its futures: from today's spot to the first contract and on to the others.

    The k-th contract is a forecast of the price in the middle of its delivery month, the k-th month
    after this one. Between these days the path is linear in signed logarithms; beyond the last it
    is flat. Risk premia are taken as zero.

    It is no-change where the history has no column of the strip, or no quote of today.
    """

    name = "futures"
    covariates = tuple(
        f"{strip}_{k}" for strip in ("WTI_FUTURE", "HENRY_HUB_FUTURE") for k in _CONTRACTS
    )
    min_history = 63
    source = "Alquist & Kilian 2010, Journal of Applied Econometrics 25."
    limits = (
        "Four contracts reach four months; beyond, the path is flat. Brent has no strip here. "
        "Without a strip it is no-change. Between a contract's expiry and the end of the month the "
        "first contract is already the next one, so the path is up to ten days early."
    )
    parameters = FuturesParameters

    def _fit(self, history: pd.DataFrame) -> None:
        """Nothing to fit: the strip is in the newest row."""

    def _mean_changes(self, history: pd.DataFrame, sessions: int) -> Vector:
        last_day, newest = pd.DatetimeIndex(history.index)[-1], history.iloc[-1]
        spot = float(newest["value"])
        columns = [f"{self.params.strip}_{k}" for k in _CONTRACTS]
        strip = newest.reindex(columns).to_numpy(dtype=float)
        quoted, deliveries = np.isfinite(strip), _middles(last_day)
        knots = np.r_[spot, strip[quoted]]
        steps = np.arange(1.0, sessions + 1)
        path: Vector = np.interp(steps, np.r_[0.0, deliveries[quoted]], signed_log(knots))
        return from_signed_log(path) - spot

    def _state(self) -> dict[str, bytes]:
        return {}

    def _restore(self, files: Mapping[str, bytes]) -> None:
        """Nothing to restore."""


def _middles(day: pd.Timestamp) -> Vector:
    """Sessions from a day to the middle of each contract's delivery month."""
    to_month_end = day.days_in_month - day.day
    days = to_month_end + 15.2 + 30.44 * (np.array(_CONTRACTS, dtype=float) - 1)
    middles: Vector = days * _SESSIONS_A_DAY
    return middles
