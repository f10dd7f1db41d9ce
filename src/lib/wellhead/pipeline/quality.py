"""Verb: the state of the data: the newest loads, what rules found, the quarantine."""

import pandas as pd
from rich.table import Table

from wellhead.database.operations import read_table

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
    """The rows that were set aside last."""
    aside = read_table("quarantine", **({"source": source} if source else {}))
    return aside.sort_values("recorded_at").tail(rows)


def quality_tables(source: str | None = None) -> list[Table]:
    """The newest batch of each series, and the newest rows in quarantine."""
    newest, quarantine = newest_batches(source), newest_quarantine(source, _SHOWN)
    loads = Table(title="Newest load of each series", title_justify="left")
    for heading in ("series", "source", "fetched", "rows", "quarantined", "score", "stored"):
        loads.add_column(heading)
    for row in newest.itertuples():
        loads.add_row(
            f"{row.commodity}, {row.frequency}",
            str(row.source),
            f"{row.fetched_at:%Y-%m-%d %H:%M}",
            str(row.rows_received),
            str(row.rows_quarantined),
            f"{row.quality_score:.2%}",
            "yes" if row.accepted else "refused",
        )
    aside = Table(title=f"Quarantine, newest {_SHOWN} rows", title_justify="left")
    for heading in ("commodity", "source", "row", "rule", "as it came"):
        aside.add_column(heading)
    for entry in quarantine.itertuples():
        shown = (entry.commodity, entry.source, entry.row_number, entry.rule, entry.row)
        aside.add_row(*map(str, shown))
    return [loads, aside]
