"""One analysis: from its notebook into table `analyses`, and from there to API and pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import pandas as pd
from pydantic import BaseModel

from wellhead.calendars import DateLike, now, to_utc
from wellhead.database.query_frames import Row
from wellhead.database.serving.analyses import newest_analyses, write_analysis
from wellhead.errors import NoDataError, NotEnoughHistoryError
from wellhead.workflows.market.results import RESULTS

MARKET = "MARKET"
"""In place of a commodity: the brief is about all."""

Report = TypeVar("Report")


@dataclass(frozen=True)
class Analysis(Generic[Report]):
    """An analysis of one commodity from one source, by what was known at `known_at`.

    `report` has its frames, for charts and tables; `result` is what is stored. Both are None where
    there is too little data, and `summary` says what is needed.
    """

    commodity: str
    kind: str
    source: str
    known_at: pd.Timestamp
    last_observed_at: pd.Timestamp
    summary: str
    report: Report | None = None
    result: BaseModel | None = None

    def save(self, code_version: str) -> None:
        """Store it, unless the newest from the same data and code says the same."""
        analysis = {
            "commodity": self.commodity,
            "kind": self.kind,
            "source": self.source,
            "known_at": self.known_at,
            "code_version": code_version,
            "last_observed_at": self.last_observed_at,
            "summary": self.summary,
            "result": None if self.result is None else self.result.model_dump(mode="json"),
        }
        write_analysis(analysis)


@dataclass(frozen=True)
class Known:
    """Whose analysis it is, and what is known: `prices` as `get_price_data` returns them."""

    commodity: str
    source: str
    prices: pd.DataFrame

    @property
    def known_at(self) -> pd.Timestamp:
        """When the newest price became known."""
        moment: pd.Timestamp = self.prices["available_at"].max()
        return moment

    @property
    def by_day(self) -> "pd.Series[float]":
        """The prices by day."""
        return self.prices.set_index("observed_at")["value"]


def analysis_of(
    kind: str,
    known: Known,
    make: Callable[[], Report],
    describe: Callable[[Report], tuple[str, BaseModel]],
    known_at: pd.Timestamp | None = None,
) -> Analysis[Report]:
    """The analysis that `make` makes and `describe` puts into words and into its result.

    `known_at`: when the newest of all data that it uses became known; that of the prices by
    default. Too little history is no error: it becomes the summary.
    """
    moment, last = known_at or known.known_at, known.prices["observed_at"].iloc[-1]
    of = known.commodity, kind, known.source, moment, last
    try:
        report = make()
    except NotEnoughHistoryError as error:
        return Analysis(*of, f"{known.commodity}: {error}")
    summary, result = describe(report)
    return Analysis(*of, summary, report, result)


class StoredAnalysis(BaseModel):
    """A stored analysis, with its provenance."""

    commodity: str
    kind: str
    source: str
    known_at: datetime
    code_version: str
    last_observed_at: datetime
    summary: str
    result: BaseModel | None


def stored_analyses(
    commodity: str, *, source: str | None = None, as_of: DateLike | None = None
) -> list[StoredAnalysis]:
    """The newest analysis of each kind of one commodity that was known at `as_of` (default: now).

    Raises NoDataError if there is none.
    """
    found = _newest(commodity, None, source, as_of)
    return [_stored(row) for row in found]


def stored_analysis(
    commodity: str, kind: str, *, source: str | None = None, as_of: DateLike | None = None
) -> StoredAnalysis:
    """The newest analysis of one kind that was known at `as_of` (default: now).

    Raises NoDataError if there is none.
    """
    return _stored(_newest(commodity, kind, source, as_of)[0])


def _newest(
    commodity: str, kind: str | None, source: str | None, as_of: DateLike | None
) -> list[Row]:
    known_at = to_utc(as_of or now(), name="as_of")
    found = newest_analyses(known_at, commodity=commodity, kind=kind, source=source)
    if not found:
        what = f"{kind or ''} analysis of {'the market' if commodity == MARKET else commodity}"
        from_source = f" from source {source}" if source else ""
        remedy = "Run the pipeline: `make run`" if as_of is None else "Ask for a later moment"
        raise NoDataError(
            f"no {what.strip()}{from_source} was known at {known_at:%Y-%m-%d %H:%M} UTC. {remedy}."
        )
    return list(found)


def _stored(row: Row) -> StoredAnalysis:
    fields = {name: value for name, value in row._mapping.items() if name != "recorded_at"}
    result = None if row.result is None else RESULTS[row.kind].model_validate(row.result)
    return StoredAnalysis(**{**fields, "result": result})
