"""Forecasts on request: of a registered model, from prices that the caller sends or from stored
ones. Nothing is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from wellhead.calendars import now, sessions
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.targets import Target
from wellhead.errors import InputError, ModelError, ValidationRefusedError
from wellhead.evaluation.calibration.deployed import DeployedForecaster
from wellhead.settings import get_settings
from wellhead.tracking.registry import Registered
from wellhead.validation.forecasts import validate_forecasts
from wellhead.validation.gate import require
from wellhead.workflows.forecasting.forecast import forecast_stored

OF_CALLER = "request"
"""The source of prices that the caller sent."""


@dataclass(frozen=True)
class ForecastRequest:
    """What a caller asks for: `rows` sessions or months, from prices of its own or stored ones."""

    commodity: str
    target: Target
    model: str | None
    rows: int
    prices: Sequence[tuple[date, float]] | None


@dataclass(frozen=True)
class RequestedForecast:
    """A forecast on request.

    `rows`: one a session or month, with horizon, target_at and the STATISTICS.
    """

    registered: Registered
    source: str
    last_observed_at: pd.Timestamp
    rows: pd.DataFrame


def checked_prices(
    instrument: Instrument, prices: Sequence[tuple[date, float]]
) -> "pd.Series[float]":
    """Prices of a caller as a series by observed_at, midnights UTC.

    Raises InputError for a day that is repeated, out of order or still to come, and if fewer of
    the days are sessions than the quality target demands of a load.
    """
    days = pd.DatetimeIndex([day for day, _ in prices], tz="UTC").as_unit("ns")
    if not days.is_monotonic_increasing or not days.is_unique:
        raise InputError("prices: give each day once, the oldest first.")
    if days[-1] > now():
        raise InputError(f"prices: {days[-1].date()} has not come yet.")
    strange = days.difference(sessions(instrument.calendar))
    if 1 - len(strange) / len(days) < get_settings().quality_target:
        raise InputError(
            f"prices: {len(strange)} of {len(days)} days are no session of calendar "
            f"{instrument.calendar}, which {instrument.key} follows; the first is "
            f"{strange[0].date()}."
        )
    return pd.Series([value for _, value in prices], index=days, dtype=float, name="value")


def forecast_on_request(
    deployed: DeployedForecaster,
    registered: Registered,
    instrument: Instrument,
    rows: int,
    prices: "pd.Series[float] | None",
) -> RequestedForecast:
    """The next `rows` sessions, or the running month and those after it.

    `prices` are checked prices of the caller; then covariates count as unknown. Without them the
    newest stored prices of the registration's source are used, with their covariates.

    Raises NotEnoughHistoryError for a short history, NoDataError where none is stored, ModelError
    for a forecast that does not pass the gate.
    """
    count = rows - 1 + registered.target.first
    if prices is not None:
        found = deployed.predict(prices, registered.target.value, count)
        source, last = OF_CALLER, prices.index[-1]
    else:
        found, known = forecast_stored(deployed, registered, instrument, count)
        source, last = registered.source, known.index[-1]
    _require_sound(found.assign(target_kind=registered.target.value, last_observed_at=last))
    return RequestedForecast(registered, source, last, found)


def _require_sound(rows: pd.DataFrame) -> None:
    """Refuse a forecast as the gate of the ledger would."""
    try:
        require(validate_forecasts(rows), "the forecast")
    except ValidationRefusedError as error:
        raise ModelError(str(error)) from None
