"""The state of the data: the newest loads, what rules caught, quality by source and day."""

from typing import Any

import pandas as pd

from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import read_table
from wellhead.settings import get_settings
from wellhead.workflows.quality.quarantine import BATCH_REFUSED


def newest_batches(source: str | None = None) -> pd.DataFrame:
    """The newest load of each series, as rows of table `batches`, sorted by series."""
    batches = read_table("batches", **({"source": source} if source else {}))
    batches = batches[batches["replay_of"].isna()]
    series = list(SeriesKey._fields)
    newest = batches.sort_values("fetched_at").drop_duplicates(series, keep="last")
    return newest.sort_values(series, ignore_index=True)


def caught_by_rule(batches: pd.DataFrame, *severities: str) -> pd.DataFrame:
    """What rules of these severities caught: series, rule, rows checked and rows caught."""
    results = [
        {"commodity": batch["commodity"], "frequency": batch["frequency"], "rule": rule, **result}
        for batch in batches.to_dict("records")
        for rule, result in batch["rules"].items()
        if result["caught"] and result["severity"] in severities
    ]
    columns = ["commodity", "frequency", "rule", "severity", "checked", "caught"]
    return pd.DataFrame(results, columns=columns)


def newest_quarantine(source: str | None = None, rows: int = 20) -> pd.DataFrame:
    """The newest rows that a rule caught, as rows of table `quarantine`."""
    caught = read_table("quarantine", **({"source": source} if source else {}))
    caught = caught[caught["rule"] != BATCH_REFUSED]
    return caught.sort_values("recorded_at").tail(rows)


def source_quality(source: str | None = None) -> pd.DataFrame:
    """The quality of each source's data, day by day, against the target.

    The rows of the view `source_quality`, sorted by source and day, with target and reached.
    """
    days = read_table("source_quality", **({"source": source} if source else {}))
    target = get_settings().quality_target
    return days.assign(target=target, reached=days["quality_score"] >= target)


def caught_by(batch: Any, rule: str) -> int:
    """How many rows of a batch (a row of table `batches`) a rule caught."""
    return int(batch["rules"].get(rule, {}).get("caught", 0))
