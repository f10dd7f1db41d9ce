"""Responses about commodities, prices, models, scores and quality."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import pandas as pd

from api.schemas.data import (
    BatchRow,
    CommodityAnswer,
    ModelList,
    ModelRow,
    PricePage,
    PriceRow,
    QualityAnswer,
    ScoreList,
    ScoreRow,
    TrackRecord,
    TrackRecordRow,
)
from api.services.paging import Page, cursor_at
from wellhead.calendars import now, to_utc
from wellhead.catalogue.entries import catalogue
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import Frequency
from wellhead.catalogue.targets import Target
from wellhead.database.operations import get_price_data
from wellhead.database.serving.champions import (
    newest_decisions,
    newest_scores,
    newest_track_records,
)
from wellhead.errors import NoDataError
from wellhead.settings import get_settings
from wellhead.workflows.quality.reports import newest_batches


class DataService:
    """Makes the bodies of responses about stored data. It has no state."""

    def commodities(self) -> list[CommodityAnswer]:
        """Every instrument of the catalogue, with its champions."""
        champions: dict[str, dict[str, str]] = {}
        for decision in newest_decisions():
            champions.setdefault(decision.commodity, {})[decision.target_kind] = decision.model
        return [_commodity(each, champions.get(key, {})) for key, each in catalogue().items()]

    def commodity(self, instrument: Instrument) -> CommodityAnswer:
        """One instrument, with its champions."""
        decisions = newest_decisions(instrument.key)
        return _commodity(instrument, {each.target_kind: each.model for each in decisions})

    def prices(
        self,
        instrument: Instrument,
        *,
        start: date | None,
        end: date | None,
        as_of: datetime | None,
        source: str | None,
        frequency: Frequency,
        page: Page,
    ) -> PricePage:
        """A page of prices as they were known. Raises NoDataError and BadDateError."""
        known_at = to_utc(as_of or now(), name="as_of")
        after = page.key(datetime)
        begin = start if after is None else pd.Timestamp(after[0]) + pd.Timedelta(days=1)  # type: ignore[arg-type]
        which: dict[str, Any] = {"source": source, "frequency": frequency, "limit": page.limit + 1}
        frame = get_price_data(instrument.key, begin, end, known_at, **which)
        shown = frame.head(page.limit)
        return PricePage(
            commodity=instrument.key,
            source=frame["source"].iloc[0],
            frequency=frequency,
            unit=frame["unit"].iloc[0],
            as_of=known_at,
            prices=_price_rows(shown),
            next=cursor_at(shown["observed_at"].iloc[-1]) if len(frame) > len(shown) else None,
        )

    def scores(self, instrument: Instrument, target: Target) -> ScoreList:
        """The newest backtest of each model. Raises NoDataError without one."""
        rows = newest_scores(instrument.key, target)
        _require(rows, instrument, target, "scores")
        return ScoreList(
            commodity=instrument.key,
            target=target.value,
            scores=[ScoreRow.model_validate(row, from_attributes=True) for row in rows],
        )

    def track_record(self, instrument: Instrument, target: Target) -> TrackRecord:
        """How the forecasts in the ledger have done. Raises NoDataError without an outcome."""
        rows = newest_track_records(instrument.key, target)
        _require(rows, instrument, target, "outcomes of forecasts")
        records = [TrackRecordRow.model_validate(row, from_attributes=True) for row in rows]
        return TrackRecord(commodity=instrument.key, target=target.value, records=records)

    def models(self, instrument: Instrument, target: Target) -> ModelList:
        """Each model's newest version, and which is champion. Raises NoDataError without one."""
        newest = {row.model: row for row in newest_scores(instrument.key, target)}
        _require(newest, instrument, target, "models")
        decisions = {each.target_kind: each for each in newest_decisions(instrument.key)}
        champion = decisions.get(target)
        models = [
            ModelRow(
                model=row.model,
                model_version=row.model_version,
                run_id=row.run_id,
                is_champion=champion is not None and champion.model_version == row.model_version,
                last_origin=row.last_origin,
            )
            for row in newest.values()
        ]
        return ModelList(commodity=instrument.key, target=target.value, models=models)

    def quality(self, source: str | None) -> QualityAnswer:
        """The newest load of each series. Raises NoDataError if nothing was loaded."""
        batches = newest_batches(source)
        if batches.empty:
            raise NoDataError("nothing was loaded yet. Run the pipeline: `make run`.")
        return QualityAnswer(
            target=get_settings().quality_target,
            loads=[BatchRow.model_validate(row) for row in batches.to_dict("records")],
        )


async def get_data_service() -> DataService:
    """The service for a request."""
    return DataService()


def _commodity(instrument: Instrument, champions: dict[str, str]) -> CommodityAnswer:
    return CommodityAnswer(
        commodity=instrument.key,
        name=instrument.name,
        unit=instrument.unit,
        calendar=instrument.calendar,
        champions=champions,
    )


def _price_rows(prices: pd.DataFrame) -> list[PriceRow]:
    columns = (prices["observed_at"], prices["value"], prices["available_at"])
    return [
        PriceRow(day=day.date(), value=value, available_at=known)
        for day, value, known in zip(*columns, strict=True)
    ]


def _require(rows: Collection[object], instrument: Instrument, target: Target, what: str) -> None:
    if not rows:
        raise NoDataError(
            f"there are no {what} of {instrument.key} ({target}) yet. Run the pipeline: "
            f"`make run COMMODITIES={instrument.key}`."
        )
