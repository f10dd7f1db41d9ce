"""Serves the newest forecasts of the ledger, with their provenance.

Served forecasts come from the ledger and not from a model that runs on demand: every forecast in
the ledger has passed the validation gate and can be looked up later. A version makes the same
forecast from the same prices, so its ledger rows equal what the registered model would return.
The champion is that of the newest decision in the database; MLflow is not needed to serve it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from wellhead.calendars import STALE_AFTER_DAYS, now
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.database.ledger import newest_forecast, versions_that_forecast
from wellhead.database.query_frames import Row
from wellhead.database.serving.champions import newest_decision, newest_decisions, reasons
from wellhead.errors import (
    NoChampionError,
    NoDataError,
    NoForecastError,
    UnknownCommodityError,
)
from wellhead.tables import STATISTICS
from wellhead.workflows.forecasting.publication import count_from_publication, publication_note


class ForecastDay(NamedTuple):
    """The forecast of one session, or of the month that begins on `target_at`.

    `horizon` counts from the last price used. `from_publication` counts from the day on which that
    price was published and the forecast made: EIA publishes Monday's price on Wednesday, so the
    first two sessions of its forecasts have 0 or less. Months count from the running one in both.
    `statistics`: the mean and the quantiles, in the order of STATISTICS.
    """

    target_at: datetime
    horizon: int
    from_publication: int
    statistics: tuple[float, ...]


@dataclass(frozen=True)
class ServedForecast:
    """A forecast with its provenance."""

    instrument: Instrument
    target: Target
    unit: str
    model: str
    version: str
    reason: str
    """Why the model is or was champion; empty if it never was."""
    grounds: Mapping[str, Any] | None
    """The figures behind the reason (`Grounds`); None if there are none."""
    run_id: str
    code_version: str
    source: str
    made_at: pd.Timestamp
    last_observed_at: pd.Timestamp
    days: tuple[ForecastDay, ...]

    @cached_property
    def forecast(self) -> pd.DataFrame:
        """One row a day, or month: target_at, horizon, from_publication, STATISTICS."""
        rows = [(*day[:3], *day.statistics) for day in self.days]
        columns = [*ForecastDay._fields[:3], *STATISTICS]
        return pd.DataFrame(rows, columns=columns)

    @property
    def age_days(self) -> int:
        """Whole days since the last price that the forecast uses."""
        return (now() - self.last_observed_at).days

    @property
    def is_stale(self) -> bool:
        """Whether its newest price is older than any source is late."""
        return self.age_days > STALE_AFTER_DAYS

    @property
    def publication_note(self) -> str:
        """When the forecast was made, and which of its days had begun by then, as a sentence."""
        is_day = self.target == Target.DAILY
        begun = [day.from_publication for day in self.days] if is_day else ()
        return publication_note(self.made_at, begun)


def champion_forecast(instrument: Instrument, target: Target = Target.DAILY) -> ServedForecast:
    """The newest ledger forecast of a commodity's champion for a target.

    Raises NoChampionError before the first run, NoForecastError while a new champion has none.
    """
    decision = newest_decision(instrument.key, target)
    if decision is None:
        raise NoChampionError(
            f"no champion is registered for {instrument.key} ({target}). Run the pipeline first: "
            f"`make run COMMODITIES={instrument.key}`."
        )
    version = decision.model, decision.model_version
    return _newest(instrument, target, *version, decision.reason, decision.grounds)


def champion_forecasts() -> list[ServedForecast]:
    """The newest forecast of a champion of every commodity that has one, daily before monthly."""
    served = []
    for key in sorted({decision.commodity for decision in newest_decisions()}):
        with suppress(NoChampionError, NoDataError, UnknownCommodityError):
            served.append(first_champion_forecast(find_instrument(key)))
    return served


def target_forecasts(target: Target) -> list[ServedForecast]:
    """The newest champion's forecast of one target, of every commodity that has one."""
    served = []
    for decision in newest_decisions():
        if decision.target_kind == target:
            with suppress(NoDataError, UnknownCommodityError):
                served.append(champion_forecast(find_instrument(decision.commodity), target))
    return served


def first_champion_forecast(instrument: Instrument) -> ServedForecast:
    """The forecast of the first target that has a champion. Raises as `champion_forecast`."""
    for target in Target:
        with suppress(NoChampionError):
            return champion_forecast(instrument, target)
    return champion_forecast(instrument)


def model_forecast(
    instrument: Instrument, target: Target, model: str, version: str
) -> ServedForecast:
    """The newest ledger forecast of one model version. Raises NoForecastError if it made none."""
    reason = reasons(instrument.key, target).get(version, "")
    return _newest(instrument, target, model, version, reason, None)


def comparable_forecasts(best: ServedForecast) -> list[ServedForecast]:
    """A champion's forecast, then those that the other models made from the same prices.

    Of several versions of a model, the newest counts.
    """
    instrument, target = best.instrument, best.target
    versions = versions_that_forecast(instrument.key, target, best.source, best.made_at)
    others = ((model, version) for model, version in versions.items() if model != best.model)
    return [best, *(model_forecast(instrument, target, *other) for other in others)]


def _newest(
    instrument: Instrument,
    target: Target,
    model: str,
    version: str,
    reason: str,
    grounds: Mapping[str, Any] | None,
) -> ServedForecast:
    """The newest ledger forecast of a version. Raises NoForecastError if it made none."""
    rows = newest_forecast(instrument.key, target, model, version)
    if not rows:
        raise NoForecastError(
            f"{model}, version {version}, has not forecast {instrument.key} yet. A run in progress "
            "will; otherwise run the pipeline: `make run`."
        )
    first = rows[0]
    return ServedForecast(
        instrument=instrument,
        target=target,
        unit=first.unit,
        model=model,
        version=version,
        reason=reason,
        grounds=grounds,
        run_id=first.run_id,
        code_version=first.code_version,
        source=first.source,
        made_at=pd.Timestamp(first.made_at),
        last_observed_at=pd.Timestamp(first.last_observed_at),
        days=tuple(_days(rows, target, instrument.calendar)),
    )


def _days(rows: Sequence[Row], target: Target, calendar: str) -> Iterator[ForecastDay]:
    counts: Sequence[int] = [row.horizon for row in rows]
    if target == Target.DAILY:
        days = tuple(row.target_at for row in rows)
        counts = count_from_publication(days, rows[0].made_at, calendar)
    for row, count in zip(rows, counts, strict=True):
        yield ForecastDay(row.target_at, row.horizon, count, row[-len(STATISTICS) :])
