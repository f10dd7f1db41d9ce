"""Commands that check what is stored: quality, missing days, agreement of sources."""

from typing import TYPE_CHECKING, Annotated

import typer

from wellhead.cli.options import OfInstrument, OfSource, SourceName, known_instrument
from wellhead.cli.output import console, table
from wellhead.cli.quarantine import quarantine_table

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from wellhead.workflows.quality.reconciliation import Reconciled

verbs = typer.Typer()

_ROWS_SHOWN = 20
_DAYS_SHOWN = 40


@verbs.command()
def quality(source: SourceName = None) -> None:
    """Show quality by source and day, the newest loads and the open quarantine."""
    from wellhead.workflows.quality.batches import newest_batches, source_quality
    from wellhead.workflows.quality.quarantine import open_rows

    console().print(
        _quality_table(source_quality(source).tail(_ROWS_SHOWN)),
        _loads_table(newest_batches(source)),
        quarantine_table(open_rows(source=source), "open", _ROWS_SHOWN),
    )


def _quality_table(days: "pd.DataFrame") -> "Table":
    from wellhead.settings import get_settings

    target = f"{100 * get_settings().quality_target:.4g} %"
    return table(
        f"Quality by source and day, against the target of {target}",
        ("source", "day", "loads", "refused", "rows", "rejected", "score", "reached"),
        (
            (
                row.source,
                f"{row.day:%Y-%m-%d}",
                row.batches,
                row.batches_refused,
                row.rows_checked,
                row.rows_rejected,
                f"{row.quality_score:.2%}",
                "yes" if row.reached else "no",
            )
            for row in days.itertuples()
        ),
    )


def _loads_table(newest: "pd.DataFrame") -> "Table":
    from wellhead.workflows.quality.batches import caught_by

    return table(
        "Newest load of each series",
        ("series", "source", "fetched", "rows", "quarantined", "gaps", "stale", "score", "stored"),
        (
            (
                f"{row['commodity']}, {row['frequency']}",
                row["source"],
                f"{row['fetched_at']:%Y-%m-%d %H:%M}",
                row["rows_received"],
                row["rows_quarantined"],
                caught_by(row, "no-gap-before"),
                "yes" if caught_by(row, "newest-day-is-fresh") else "no",
                f"{row['quality_score']:.2%}",
                "yes" if row["accepted"] else "refused",
            )
            for row in newest.to_dict("records")
        ),
    )


@verbs.command()
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
    return table(
        "Completeness of the stored series",
        ("series", "source", "from", "to", "due", "missing", "explained", "gaps", "late"),
        (
            (
                f"{row.commodity}, {row.frequency}",
                row.source,
                f"{row.first:%Y-%m-%d}",
                f"{row.last:%Y-%m-%d}",
                row.due,
                row.missing,
                row.explained,
                row.gaps,
                row.late,
            )
            for row in series.itertuples()
        ),
    )


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


@verbs.command()
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

    pairs = compare(commodity, to_utc(as_of, name="--as-of") if as_of else None)
    console().print(*_reconciliation_tables(pairs))
    if not all(pair.agrees for pair in pairs):
        raise typer.Exit(1)


def _reconciliation_tables(pairs: list["Reconciled"]) -> list["Table"]:
    """The summary, and the worst days of the pairs that have any beyond the tolerance."""
    from wellhead.workflows.quality.reconciliation import summary, worst_days

    days = worst_days(pairs)
    worst = table(
        "Beyond the tolerance: the worst 5 days",
        ("pair", "day", "left", "right", "difference"),
        (
            (
                row.pair,
                f"{row.observed_at:%Y-%m-%d}",
                f"{row.left:g}",
                f"{row.right:g}",
                f"{row.difference:+.4g}",
            )
            for row in days.itertuples()
        ),
    )
    pairs_table = table(
        "Reconciliation",
        ("pair", "tolerance", "days", "agree", "must", "only left", "only right", "result"),
        (
            (
                row.pair,
                f"{row.tolerance:g}",
                row.days,
                f"{row.share:.2%}",
                f"{row.must:.4g}",
                row.only_left,
                row.only_right,
                row.result,
            )
            for row in summary(pairs).itertuples()
        ),
    )
    return [pairs_table, *([worst] if len(days) else [])]
