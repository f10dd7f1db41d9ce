"""Serves the newest forecasts of the ledger, with their provenance.

Served forecasts come from the ledger and not from a model that runs on demand: every forecast in
the ledger has passed the validation gate and can be looked up later. A version makes the same
forecast from the same prices, so its ledger rows equal what the registered model would return.
"""

from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.database.ledger import newest_forecast, versions_that_forecast
from wellhead.database.operations import read_table
from wellhead.errors import NoChampionError, NoDataError, UnknownCommodityError
from wellhead.tables import STATISTICS
from wellhead.tracking.registry import Registered, champion, find_version
from wellhead.workflows.forecasting.publication import count_from_publication, publication_note


@dataclass(frozen=True)
class ServedForecast:
    """A forecast with its provenance.

    `forecast`: one row a day, or a month by its first day: target_at, horizon, from_publication,
    STATISTICS. `horizon` counts from the last price used. `from_publication` counts from the day on
    which that price was published and the forecast made: EIA publishes Monday's price on Wednesday,
    so the first two sessions of its forecasts have 0 or less. Months count from the running one in
    both.
    """

    instrument: Instrument
    target: Target
    unit: str
    model: str
    version: str
    reason: str
    """Why the model is or was champion; empty if it never was."""
    run_id: str
    code_version: str
    source: str
    made_at: pd.Timestamp
    last_observed_at: pd.Timestamp
    forecast: pd.DataFrame

    @property
    def age_days(self) -> int:
        """Whole days since the last price that the forecast uses."""
        return (now() - self.last_observed_at).days

    @property
    def publication_note(self) -> str:
        """When the forecast was made, and which of its days had begun by then, as a sentence."""
        is_day = self.target == Target.DAILY
        return publication_note(self.made_at, self.forecast["from_publication"] if is_day else ())


def champion_forecast(instrument: Instrument, target: Target = Target.DAILY) -> ServedForecast:
    """The newest ledger forecast of a commodity's champion for a target.

    Raises NoChampionError before the first run, NoDataError while a new champion has no forecast.
    """
    return _newest(instrument, champion(instrument.key, target))


def champion_forecasts() -> list[ServedForecast]:
    """The newest forecast of a champion of every commodity that has one, daily before monthly."""
    served = []
    for key in sorted(read_table("promotions")["commodity"].unique()):
        with suppress(NoChampionError, NoDataError, UnknownCommodityError):
            served.append(first_champion_forecast(find_instrument(key)))
    return served


def first_champion_forecast(instrument: Instrument) -> ServedForecast:
    """The forecast of the first target that has a champion. Raises as `champion_forecast`."""
    for target in Target:
        with suppress(NoChampionError):
            return champion_forecast(instrument, target)
    return champion_forecast(instrument)


def comparable_forecasts(best: ServedForecast) -> list[ServedForecast]:
    """A champion's forecast, then those that the other models made from the same prices.

    Of several versions of a model, the newest counts.
    """
    key, target = best.instrument.key, best.target
    versions = versions_that_forecast(key, target, best.source, best.made_at)
    return [
        best,
        *(
            _newest(best.instrument, find_version(key, target, version))
            for model, version in versions.items()
            if model != best.model
        ),
    ]


def _newest(instrument: Instrument, registered: Registered) -> ServedForecast:
    rows = newest_forecast(
        instrument.key,
        registered.target,
        registered.model,
        registered.version,
        registered.source,
    )
    if rows.empty:
        raise NoDataError(
            f"{registered.model}, version {registered.version}, has not forecast "
            f"{instrument.key} yet. A run in progress will; otherwise run the pipeline: `make run`."
        )
    first = rows.iloc[0]
    return ServedForecast(
        instrument=instrument,
        target=registered.target,
        unit=first["unit"],
        model=registered.model,
        version=registered.version,
        reason=registered.reason,
        run_id=first["run_id"],
        code_version=first["code_version"],
        source=first["source"],
        made_at=first["made_at"],
        last_observed_at=first["last_observed_at"],
        forecast=_one_row_a_day(rows, registered.target, instrument.calendar),
    )


def _one_row_a_day(rows: pd.DataFrame, target: Target, calendar: str) -> pd.DataFrame:
    """The forecast of a ServedForecast, from its rows in the ledger."""
    forecast = rows[["target_at", "horizon", *STATISTICS]].copy()
    after = forecast["horizon"].to_numpy()
    if target == Target.DAILY:
        after = count_from_publication(forecast.assign(made_at=rows["made_at"].iloc[0]), calendar)
    forecast.insert(2, "from_publication", after)
    return forecast
