"""Verb: the state of the data as tables for a terminal."""

from rich.table import Table

from wellhead.database.operations import read_table

_SHOWN = 20


def quality_tables(source: str | None = None) -> list[Table]:
    """The newest batch of each series, and the newest rows in quarantine."""
    chosen = {"source": source} if source else {}
    batches = read_table("batches", **chosen).sort_values("fetched_at")
    newest = batches.drop_duplicates(["commodity", "source", "frequency"], keep="last")
    quarantine = read_table("quarantine", **chosen).sort_values("recorded_at").tail(_SHOWN)
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
