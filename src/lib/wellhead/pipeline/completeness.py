"""Verb: which days every stored series lacks, and what explains each of them."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from rich.table import Table

from wellhead.calendars import now, periods_between, periods_due
from wellhead.commodities import Instrument, find_instrument
from wellhead.database.operations import get_price_data, stored_spans
from wellhead.errors import UnknownCommodityError
from wellhead.ingestion.registry import SOURCES, get_source
from wellhead.pipeline.batches import days_listed_empty_before
from wellhead.validation.gaps import LISTED_EMPTY, known_gaps, missing_days

_SERIES = ["commodity", "source", "frequency"]
_SHOWN = 40


def gap_report(commodity: str | None = None, source: str | None = None) -> pd.DataFrame:
    """Every missing day of every stored series, between its first and its last value.

    One row a day: commodity, source, frequency, day, explanation (the name of an entry of
    `expectations/known_gaps.yml`, LISTED_EMPTY, or "" for a gap) and reason. Holidays of the
    instrument's calendar are not missing.
    """
    reasons = {entry.name: entry.reason for entry in known_gaps()}
    reasons |= {LISTED_EMPTY: "The source lists the day, and says that it has no value."}
    found = [
        _missing(instrument, days, series).assign(**series)
        for series, instrument, days in _stored_series(commodity, source)
    ]
    columns = [*_SERIES, "day", "explanation", "reason"]
    if not found:
        return pd.DataFrame(columns=columns)
    report = pd.concat(found, ignore_index=True)
    return report.assign(reason=report["explanation"].map(reasons).fillna(""))[columns]


def completeness(commodity: str | None = None, source: str | None = None) -> pd.DataFrame:
    """One row a stored series: how complete and how fresh it is.

    Columns: commodity, source, frequency, first, last, due (periods of its calendar in between),
    values, missing, explained, gaps, off_calendar (values on days its calendar has closed), late
    (periods that should have been published by now; absent if the source is not registered).
    """
    rows = []
    for series, instrument, days in _stored_series(commodity, source):
        frequency = series["frequency"]
        due = periods_between(instrument.calendar, frequency, days[0], days[-1])
        missing = _missing(instrument, days, series)
        gaps = int((missing["explanation"] == "").sum())
        rows.append(
            {
                **series,
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
        )
    columns = [
        *_SERIES, "first", "last", "due", "values", "missing", "explained", "gaps", "off_calendar",
        "late",
    ]  # fmt: skip
    late = pd.Series([row["late"] for row in rows], dtype=object)  # whole numbers beside absence
    return pd.DataFrame(rows, columns=columns).assign(late=late)


def _late(instrument: Instrument, series: dict[str, Any], newest: pd.Timestamp) -> int | None:
    frequency = series["frequency"]
    if series["source"] not in SOURCES:
        return None
    rule = get_source(series["source"]).card.rule(instrument, frequency)
    return periods_due(instrument.calendar, frequency, rule, newest, now())


def _missing(
    instrument: Instrument, days: pd.DatetimeIndex, series: dict[str, Any]
) -> pd.DataFrame:
    return missing_days(days, instrument, series["frequency"], days_listed_empty_before(**series))


def _stored_series(
    commodity: str | None, source: str | None
) -> Iterator[tuple[dict[str, Any], Instrument, pd.DatetimeIndex]]:
    """Each stored series: its keys, its instrument, and the days it has values of.

    A series of an instrument that only another folder of CSV files describes cannot be checked.
    """
    key = find_instrument(commodity).key if commodity else None
    for series in stored_spans()[_SERIES].to_dict("records"):
        wanted = key in (None, series["commodity"]) and source in (None, series["source"])
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
    summary = Table(title="Completeness of the stored series", title_justify="left")
    headings = ("series", "source", "from", "to", "due", "missing", "explained", "gaps", "late")
    for heading in headings:
        summary.add_column(heading)
    for row in completeness(commodity, source).itertuples():
        shown = (
            row.due,
            row.missing,
            row.explained,
            row.gaps,
            "" if row.late is None else row.late,
        )
        span = (f"{row.first:%Y-%m-%d}", f"{row.last:%Y-%m-%d}")
        summary.add_row(
            f"{row.commodity}, {row.frequency}", str(row.source), *span, *map(str, shown)
        )
    report = gap_report(commodity, source)
    days = report if explained else report[report["explanation"] == ""]
    return [summary, *(_days_table(days, explained) if len(days) else [])]


def _days_table(days: pd.DataFrame, explained: bool) -> list[Table]:
    """The newest missing days of each series."""
    table = Table(title="Missing days, newest first", title_justify="left")
    for heading in ("series", "source", "days"):
        table.add_column(heading)
    named = days.assign(explanation=days["explanation"].replace("", "unexplained"))
    for group, part in named.groupby([*_SERIES, "explanation"]):
        keys = list(map(str, group))
        shown = part["day"].sort_values(ascending=False).dt.strftime("%Y-%m-%d").tolist()
        more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN and not explained else ""
        listed = ", ".join(shown if explained else shown[:_SHOWN])
        table.add_row(f"{keys[0]}, {keys[2]}", keys[1], f"{keys[3]}: {listed}{more}")
    return [table]
