"""Forecast responses: from served forecasts and from the ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from api.problems import Problem
from api.schemas.forecasts import (
    Coverage,
    ForecastAnswer,
    ForecastDay,
    Grounds,
    LedgerPage,
    LedgerRow,
    Provenance,
    Rejection,
)
from api.services.paging import Page
from wellhead.calendars import now
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.targets import Target
from wellhead.database.ledger import PAGE_KEY, read_page
from wellhead.database.query_frames import one_connection
from wellhead.database.serving.champions import newest_track_records
from wellhead.tables import QUANTILES, STATISTICS
from wellhead.workflows.forecasting.serving import (
    ServedForecast,
    champion_forecast,
    comparable_forecasts,
    target_forecasts,
)

_NAMES = {quantile: f"{quantile:g}" for quantile in QUANTILES}


class ForecastService:
    """Makes the bodies of forecast responses. It has no state."""

    def newest(
        self,
        instrument: Instrument,
        target: Target,
        rows: int | None,
        model: str | None,
        quantiles: Sequence[float] | None,
    ) -> ForecastAnswer:
        """The newest forecast of the champion, or that of another model from the same prices.

        Raises InputError for more rows than a forecast has, Problem 404 for a model without a
        forecast, and the errors of `champion_forecast`.
        """
        count = target.checked_rows(rows)
        with one_connection():
            best = champion_forecast(instrument, target)
            served = best if model in (None, best.model) else _of_model(best, str(model))
            return _answer(served, count, quantiles, is_champion=served is best)

    def all_newest(self, target: Target) -> list[ForecastAnswer]:
        """The newest forecast of every commodity's champion for a target."""
        count = target.checked_rows(None)
        with one_connection():
            found = target_forecasts(target)
            return [_answer(each, count, None, is_champion=True) for each in found]

    def history(
        self, instrument: Instrument, target: Target, source: str | None, page: Page, **which: Any
    ) -> LedgerPage:
        """A page of the ledger; `which`: the choices of `read_page`.

        Raises NoChampionError without a source and a champion.
        """
        of = source or champion_forecast(instrument, target).source
        after = page.key(datetime, str, str, datetime)
        rows = read_page(instrument.key, target, of, after=after, limit=page.limit, **which)
        return LedgerPage(
            commodity=instrument.key,
            target=target.value,
            source=of,
            unit=instrument.unit,
            rows=[_ledger_row(row._mapping) for row in rows],
            next=page.cursor_after(rows, PAGE_KEY),
        )


async def get_forecast_service() -> ForecastService:
    """The service for a request."""
    return ForecastService()


def _of_model(best: ServedForecast, model: str) -> ServedForecast:
    others = {each.model: each for each in comparable_forecasts(best)}
    if model in others:
        return others[model]
    raise Problem(
        404,
        "unknown_model",
        "No such model",
        f"No model of this name has forecast {best.instrument.key} ({best.target}). Choose one of: "
        f"{', '.join(sorted(others))}.",
    )


def _answer(
    served: ServedForecast, count: int, quantiles: Sequence[float] | None, *, is_champion: bool
) -> ForecastAnswer:
    chosen = tuple(quantiles or QUANTILES)
    past = _is_past(served.target)
    return ForecastAnswer(
        commodity=served.instrument.key,
        target=served.target.value,
        unit=served.unit,
        provenance=_provenance(served, is_champion=is_champion),
        forecast=[
            ForecastDay(
                target_date=day.target_at.date(),
                horizon=day.horizon,
                from_publication=day.from_publication,
                is_past=day.target_at < past,
                mean=day.statistics[0],
                quantiles=_quantiles(day.statistics, chosen),
            )
            for day in served.days[:count]
        ],
    )


def _quantiles(statistics: tuple[float, ...], chosen: tuple[float, ...]) -> dict[str, float]:
    return {_NAMES[each]: statistics[1 + QUANTILES.index(each)] for each in chosen}


def _is_past(target: Target) -> pd.Timestamp:
    """Targets that begin before this moment are over: before today, or before this month."""
    today = now().normalize()
    return today if target == Target.DAILY else today.replace(day=1)


def _provenance(served: ServedForecast, *, is_champion: bool) -> Provenance:
    key = (served.instrument.key, served.target, served.source, served.model)
    return Provenance(
        model=served.model,
        model_version=served.version,
        is_champion=is_champion,
        champion_because=served.reason,
        grounds=_grounds(served),
        run_id=served.run_id,
        code_version=served.code_version,
        source=served.source,
        made_at=served.made_at,
        last_observed_at=served.last_observed_at.date(),
        age_days=served.age_days,
        is_stale=served.is_stale,
        coverage=[
            Coverage(
                horizon=row.horizon,
                outcomes=row.outcomes,
                coverage_80=row.coverage_80,
                coverage_95=row.coverage_95,
                known_at=row.known_at,
            )
            for row in newest_track_records(*key)
        ],
    )


def _grounds(served: ServedForecast) -> Grounds | None:
    if served.grounds is None:
        return None
    rejected = served.grounds["rejected"].items()
    figures = {name: value for name, value in served.grounds.items() if name != "rejected"}
    return Grounds(
        **figures, rejected=[Rejection(model=name, reason=reason) for name, reason in rejected]
    )


def _ledger_row(row: Any) -> LedgerRow:
    statistics = tuple(row[name] for name in STATISTICS)
    return LedgerRow(
        model=row["model"],
        model_version=row["model_version"],
        made_at=row["made_at"],
        last_observed_at=row["last_observed_at"].date(),
        target_date=row["target_at"].date(),
        horizon=row["horizon"],
        mean=statistics[0],
        quantiles=_quantiles(statistics, QUANTILES),
    )
