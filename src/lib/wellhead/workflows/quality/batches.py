"""Verb: the state of the data: the newest loads, what rules found, the quarantine."""

from typing import Any

import pandas as pd
from rich.table import Table

from wellhead.database.operations import read_table
from wellhead.settings import get_settings
from wellhead.workflows.quality.quarantine import BATCH_REFUSED
from wellhead.workflows.quality.quarantine_tables import quarantine_table

_SHOWN = 20


def newest_batches(source: str | None = None) -> pd.DataFrame:
    """The newest load of each series, as rows of table `batches`, sorted by series."""
    batches = read_table("batches", **({"source": source} if source else {}))
    batches = batches[batches["replay_of"].isna()]
    series = ["commodity", "source", "frequency"]
    newest = batches.sort_values("fetched_at").drop_duplicates(series, keep="last")
    return newest.sort_values(series, ignore_index=True)


def found_by_rule(batches: pd.DataFrame, *severities: str) -> pd.DataFrame:
    """What rules of these severities caught: series, rule, rows checked and rows caught."""
    found = [
        {"commodity": batch["commodity"], "frequency": batch["frequency"], "rule": rule, **counts}
        for batch in batches.to_dict("records")
        for rule, counts in batch["rules"].items()
        if counts["caught"] and counts["severity"] in severities
    ]
    columns = ["commodity", "frequency", "rule", "severity", "checked", "caught"]
    return pd.DataFrame(found, columns=columns)


def newest_quarantine(source: str | None = None, rows: int = 20) -> pd.DataFrame:
    """The rows that a rule set aside last."""
    aside = read_table("quarantine", **({"source": source} if source else {}))
    aside = aside[aside["rule"] != BATCH_REFUSED]
    return aside.sort_values("recorded_at").tail(rows)


def source_quality(source: str | None = None) -> pd.DataFrame:
    """The quality of what each source supplied, day by day, against the target.

    The rows of the view `source_quality`, sorted by source and day, with target and reached.
    """
    days = read_table("source_quality", **({"source": source} if source else {}))
    target = get_settings().quality_target
    return days.assign(target=target, reached=days["quality_score"] >= target)


def caught_by(batch: Any, rule: str) -> int:
    """How many rows of a batch (a row of table `batches`) a rule caught."""
    return int(batch["rules"].get(rule, {}).get("caught", 0))


def quality_tables(source: str | None = None) -> list[Table]:
    """Quality by source and day, the newest load of each series, the open quarantine."""
    return [
        _days_table(source_quality(source).tail(_SHOWN)),
        _loads_table(newest_batches(source)),
        quarantine_table(None, source, None, settled=False, limit=_SHOWN),
    ]


def _days_table(days: pd.DataFrame) -> Table:
    target = f"{100 * get_settings().quality_target:.4g} %"
    table = _table(
        f"Quality by source and day, against the target of {target}",
        "source", "day", "loads", "refused", "rows", "rejected", "score", "reached",
    )  # fmt: skip
    for row in days.itertuples():
        counts = (row.batches, row.batches_refused, row.rows_checked, row.rows_rejected)
        table.add_row(
            str(row.source), f"{row.day:%Y-%m-%d}", *map(str, counts), f"{row.quality_score:.2%}",
            "yes" if row.reached else "no",
        )  # fmt: skip
    return table


def _loads_table(newest: pd.DataFrame) -> Table:
    table = _table(
        "Newest load of each series",
        "series", "source", "fetched", "rows", "quarantined", "gaps", "stale", "score", "stored",
    )  # fmt: skip
    for row in newest.to_dict("records"):
        table.add_row(
            f"{row['commodity']}, {row['frequency']}",
            str(row["source"]),
            f"{row['fetched_at']:%Y-%m-%d %H:%M}",
            str(row["rows_received"]),
            str(row["rows_quarantined"]),
            str(caught_by(row, "no-gap-before")),
            "yes" if caught_by(row, "newest-day-is-fresh") else "no",
            f"{row['quality_score']:.2%}",
            "yes" if row["accepted"] else "refused",
        )
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading)
    return table
