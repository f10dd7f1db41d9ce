"""Verb: which days every stored series lacks, and what explains each of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rich.table import Table

from wellhead.calendars import now, periods_between
from wellhead.catalogue.lookup import Instrument, find_instrument
from wellhead.catalogue.release_rules import periods_due
from wellhead.database.operations import get_price_data, stored_spans
from wellhead.errors import UnknownCommodityError
from wellhead.ingestion.registry import SOURCES, get_source
from wellhead.validation.gaps import LISTED_EMPTY, known_gaps, missing_days
from wellhead.workflows.loading.batches import days_listed_empty_before

_SERIES = ["commodity", "source", "frequency"]
_COUNTS = ["first", "last", "due", "values", "missing", "explained", "gaps", "off_calendar", "late"]
_SHOWN = 40


@dataclass(frozen=True)
class Completeness:
    """How complete and how fresh the stored series are.

    `series`: one row a series: commodity, source, frequency, first, last, due (periods of its
    calendar in between), values, missing, explained, gaps, off_calendar (values on days its
    calendar has closed), late (periods that should have been published by now; absent if the
    source is not registered).

    `missing`: one row a missing day between a series' first and its last value: commodity, source,
    frequency, day, explanation (the name of an entry of `expectations/known_gaps.yml`,
    LISTED_EMPTY, or "" for a gap) and reason. Holidays of the instrument's calendar are not
    missing.
    """

    series: pd.DataFrame
    missing: pd.DataFrame

    @property
    def gaps(self) -> pd.DataFrame:
        """The missing days that nothing explains."""
        return self.missing[self.missing["explanation"] == ""]


def completeness(commodity: str | None = None, source: str | None = None) -> Completeness:
    """Check every stored series, those of one commodity or source, against its calendar."""
    rows, found = [], []
    for series, instrument, days in _stored_series(commodity, source):
        listed_empty = days_listed_empty_before(**series)
        missing = missing_days(days, instrument, series["frequency"], listed_empty)
        rows.append({**series, **_counts(instrument, series, days, missing)})
        found.append(missing.assign(**series))
    late = pd.Series([row["late"] for row in rows], dtype=object)  # whole numbers beside absence
    checked = pd.DataFrame(rows, columns=[*_SERIES, *_COUNTS]).assign(late=late)
    return Completeness(checked, _with_reasons(found))


def _counts(
    instrument: Instrument, series: dict[str, Any], days: pd.DatetimeIndex, missing: pd.DataFrame
) -> dict[str, Any]:
    due = periods_between(instrument.calendar, series["frequency"], days[0], days[-1])
    gaps = int((missing["explanation"] == "").sum())
    return {
        "first": days[0],
        "last": days[-1],
        "due": len(due),
        "values": len(days),
        "missing": len(missing),
        "explained": len(missing) - gaps,
        "gaps": gaps,
        "off_calendar": len(days.difference(due)),
        "late": _late(instrument, series, days[-1]),
    }


def _with_reasons(found: list[pd.DataFrame]) -> pd.DataFrame:
    columns = [*_SERIES, "day", "explanation", "reason"]
    if not found:
        return pd.DataFrame(columns=columns)
    reasons = {entry.name: entry.reason for entry in known_gaps()}
    reasons |= {LISTED_EMPTY: "The source lists the day, and says that it has no value."}
    missing = pd.concat(found, ignore_index=True)
    return missing.assign(reason=missing["explanation"].map(reasons).fillna(""))[columns]


def _late(instrument: Instrument, series: dict[str, Any], newest: pd.Timestamp) -> int | None:
    frequency = series["frequency"]
    if series["source"] not in SOURCES:
        return None
    rule = get_source(series["source"]).card.rule(instrument, frequency)
    return periods_due(instrument.calendar, frequency, rule, newest, now())


def _stored_series(
    commodity: str | None, source: str | None
) -> Iterator[tuple[dict[str, Any], Instrument, pd.DatetimeIndex]]:
    """Each stored series: its keys, its instrument, and the days it has values of.

    A series of an instrument that only another folder of CSV files describes cannot be checked.
    """
    key = find_instrument(commodity).key if commodity else None
    for series in stored_spans(source)[_SERIES].to_dict("records"):
        wanted = key in (None, series["commodity"])
        if wanted and (instrument := _known(series["commodity"])):
            of = {"source": series["source"], "frequency": series["frequency"]}
            prices = get_price_data(series["commodity"], "1850-01-01", **of)
            yield (
                {str(name): value for name, value in series.items()},
                instrument,
                pd.DatetimeIndex(prices["observed_at"]),
            )


def _known(key: str) -> Instrument | None:
    try:
        return find_instrument(key)
    except UnknownCommodityError:
        return None


def gap_tables(commodity: str | None, source: str | None, explained: bool) -> list[Table]:
    """The completeness of each series, and its gaps; with `explained` every missing day."""
    found = completeness(commodity, source)
    days = found.missing if explained else found.gaps
    return [_series_table(found.series), *([_days_table(days, explained)] if len(days) else [])]


def _series_table(series: pd.DataFrame) -> Table:
    table = Table(title="Completeness of the stored series", title_justify="left")
    for heading in (
        "series", "source", "from", "to", "due", "missing", "explained", "gaps", "late",
    ):  # fmt: skip
        table.add_column(heading)
    for row in series.itertuples():
        counts = (row.due, row.missing, row.explained, row.gaps)
        table.add_row(
            f"{row.commodity}, {row.frequency}", str(row.source), f"{row.first:%Y-%m-%d}",
            f"{row.last:%Y-%m-%d}", *map(str, counts), "" if row.late is None else str(row.late),
        )  # fmt: skip
    return table


def _days_table(days: pd.DataFrame, explained: bool) -> Table:
    """The newest missing days of each series."""
    table = Table(title="Missing days, newest first", title_justify="left")
    for heading in ("series", "source", "days"):
        table.add_column(heading)
    named = days.assign(explanation=days["explanation"].replace("", "unexplained"))
    for group, part in named.groupby([*_SERIES, "explanation"]):
        commodity, source, frequency, explanation = map(str, group)
        shown = part["day"].sort_values(ascending=False).dt.strftime("%Y-%m-%d").tolist()
        more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN and not explained else ""
        listed = ", ".join(shown if explained else shown[:_SHOWN])
        table.add_row(f"{commodity}, {frequency}", source, f"{explanation}: {listed}{more}")
    return table
