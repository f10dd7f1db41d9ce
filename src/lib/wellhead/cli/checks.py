"""Commands that check what is stored: quality, missing days, agreement of sources."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.cli.quarantine import quarantine_table
from wellhead.cli.terminal.options import OfInstrument, OfSource, known_instrument
from wellhead.cli.terminal.output import console, table

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

commands = typer.Typer()

_ROWS_SHOWN = 20
_DAYS_SHOWN = 40
_WORST_SHOWN = 5

_DAY, _NUMBER, _PERCENT = "{:%Y-%m-%d}".format, "{:g}".format, "{:.2%}".format
_YES = {True: "yes", False: "no"}


@commands.command()
def quality(source: OfSource = None) -> None:
    """Show quality by source and day, the newest loads and the open quarantine."""
    from wellhead.workflows.quality.quarantine import open_rows
    from wellhead.workflows.quality.reports import newest_batches, source_quality

    console().print(
        _quality_table(source_quality(source).tail(_ROWS_SHOWN)),
        _loads_table(newest_batches(source)),
        quarantine_table(open_rows(source=source), "open", _ROWS_SHOWN),
    )


def _quality_table(days: "pd.DataFrame") -> "Table":
    from wellhead.settings import get_settings

    target = f"{100 * get_settings().quality_target:.4g} %"
    columns = {
        "source": days["source"],
        "day": days["day"].map(_DAY),
        "loads": days["batches"],
        "refused": days["batches_refused"],
        "rows": days["rows_checked"],
        "rejected": days["rows_rejected"],
        "score": days["quality_score"].map(_PERCENT),
        "reached": days["reached"].map(_YES),
    }
    return _table(f"Quality by source and day, against the target of {target}", columns)


def _loads_table(newest: "pd.DataFrame") -> "Table":
    from wellhead.workflows.quality.reports import caught_by

    batches = newest.to_dict("records")
    columns: dict[str, Iterable[object]] = {
        "series": newest["commodity"] + ", " + newest["frequency"],
        "source": newest["source"],
        "fetched": newest["fetched_at"].map("{:%Y-%m-%d %H:%M}".format),
        "rows": newest["rows_received"],
        "quarantined": newest["rows_quarantined"],
        "gaps": [caught_by(batch, "no-gap-before") for batch in batches],
        "stale": [_YES[caught_by(batch, "newest-day-is-fresh") > 0] for batch in batches],
        "score": newest["quality_score"].map(_PERCENT),
        "stored": newest["accepted"].map({True: "yes", False: "refused"}),
    }
    return _table("Newest load of each series", columns)


def _table(title: str, columns: Mapping[str, Iterable[object]]) -> "Table":
    """A table of columns, by heading."""
    return table(title, columns, zip(*columns.values(), strict=True))


@commands.command()
def gaps(
    commodity: OfInstrument = None,
    source: OfSource = None,
    explained: Annotated[
        bool, typer.Option("--explained", help="List the explained days as well.")
    ] = False,
) -> None:
    """Show the days that stored series lack without an explanation."""
    from wellhead.workflows.quality.completeness import completeness

    report = completeness(commodity, source)
    console().print(_series_table(report.series))
    if explained and len(report.missing):
        console().print(_days_table(report.missing, most=len(report.missing)))
    elif len(report.gaps):
        console().print(_days_table(report.gaps, most=_DAYS_SHOWN))


def _series_table(series: "pd.DataFrame") -> "Table":
    columns: dict[str, Iterable[object]] = {
        "series": series["commodity"] + ", " + series["frequency"],
        "source": series["source"],
        "from": series["first"].map(_DAY),
        "to": series["last"].map(_DAY),
        **{name: series[name] for name in ("due", "missing", "explained", "gaps", "late")},
    }
    return _table("Completeness of the stored series", columns)


def _days_table(days: "pd.DataFrame", most: int) -> "Table":
    """The missing days of each series by explanation, newest first, at most `most` of each."""
    named = days.assign(explanation=days["explanation"].replace("", "unexplained"))
    rows = []
    for group, part in named.groupby(["commodity", "source", "frequency", "explanation"]):
        commodity, source, frequency, explanation = group
        listed = part["day"].sort_values(ascending=False).dt.strftime("%Y-%m-%d").tolist()
        more = f" and {len(listed) - most} more" if len(listed) > most else ""
        days_text = f"{explanation}: {', '.join(listed[:most])}{more}"
        rows.append((f"{commodity}, {frequency}", source, days_text))
    return table("Missing days, newest first", ("series", "source", "days"), rows)


@commands.command()
def reconcile(
    commodity: Annotated[
        str | None,
        typer.Argument(callback=known_instrument, help="The pairs of this instrument."),
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="As known on this day. Default: now.")] = None,
) -> None:
    """Compare sources, and spot with futures, day by day. Exit code 1 if a pair disagrees."""
    from wellhead.calendars import to_utc
    from wellhead.workflows.quality.reconciliation import reconcile as compare
    from wellhead.workflows.quality.reconciliation import summary, worst_days

    pairs = compare(commodity, to_utc(as_of, name="--as-of") if as_of else None)
    console().print(_pairs_table(summary(pairs)))
    if len(days := worst_days(pairs, _WORST_SHOWN)):
        console().print(_worst_table(days))
    if not all(pair.agrees for pair in pairs):
        raise typer.Exit(1)


def _pairs_table(pairs: "pd.DataFrame") -> "Table":
    columns = {
        "pair": pairs["pair"],
        "tolerance": pairs["tolerance"].map(_NUMBER),
        "days": pairs["days"],
        "agree": pairs["share"].map(_PERCENT),
        "must": pairs["must"].map("{:.4g}".format),
        "only left": pairs["only_left"],
        "only right": pairs["only_right"],
        "result": pairs["result"],
    }
    return _table("Reconciliation", columns)


def _worst_table(days: "pd.DataFrame") -> "Table":
    columns = {
        "pair": days["pair"],
        "day": days["observed_at"].map(_DAY),
        "left": days["left"].map(_NUMBER),
        "right": days["right"].map(_NUMBER),
        "difference": days["difference"].map("{:+.4g}".format),
    }
    return _table(f"Beyond the tolerance: the worst {_WORST_SHOWN} days", columns)
