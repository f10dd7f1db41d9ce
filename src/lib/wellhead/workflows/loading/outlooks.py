"""Load issues of EIA's Short-Term Energy Outlook, from a file or from EIA's API."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.outlook import newest_issue
from wellhead.database.operations import read_table
from wellhead.database.server.replica import reading_primary
from wellhead.database.writing import write_rows
from wellhead.errors import InputError, SourceFormatError, ValidationRefusedError
from wellhead.ingestion.backfill import resumable
from wellhead.ingestion.steo import fetch_outlook, read_outlooks
from wellhead.validation.gate import ValidationResult
from wellhead.validation.outlooks import KEY, agrees, months, parse_outlooks, validate_outlooks

_STORED = ["commodity", "issue", "target_at", "series", "kind", "value", "unit", "available_at"]


@dataclass(frozen=True)
class LoadedIssues:
    """The outcome of one load: the stored rows, and how many of them are new."""

    rows: pd.DataFrame
    new: int


@reading_primary()
def load_issues(file: Path) -> LoadedIssues:
    """Load the issues in a CSV file (`steo_issue,series,period,value,kind`), all or nothing.

    A second load changes nothing. Raises SourceError if the file cannot be read, and
    ValidationRefusedError that names the first bad row.
    """
    return _store(read_outlooks(file), f"{file}")


@reading_primary()
def fetch_issue(issue: str | None = None) -> LoadedIssues:
    """Load the newest issue, which EIA's API shows; all its series or none.

    `issue` ('YYYY-MM') names the issue when EIA departs from its calendar. Raises InputError,
    SettingsError without a key, SourceError (also if EIA still shows the issue before), and
    ValidationRefusedError.
    """
    chosen = issue or newest_issue(now())
    if pd.isna(months(pd.Series([chosen])).iloc[0]):
        raise InputError(f"issue {chosen!r} is not a month: write it as YYYY-MM.")
    with resumable():
        raw = fetch_outlook(chosen)
        _require_new_issue(raw, chosen)
        return _store(raw, f"STEO of {chosen} from eia")


def _store(raw: pd.DataFrame, subject: str) -> LoadedIssues:
    result = validate_outlooks(raw, read_table("outlooks"), now())
    _require_all(result, raw, subject)
    rows = result.passed.assign(available_at=result.passed["published"])[_STORED]
    return LoadedIssues(rows, write_rows("outlooks", rows))


def _require_all(result: ValidationResult, raw: pd.DataFrame, subject: str) -> None:
    """Raise ValidationRefusedError that shows the first bad row, unless all rows pass."""
    if result.caught.empty:
        return
    first = result.caught.sort_values("row_number", kind="stable").iloc[0]
    number, rule = int(first["row_number"]), str(first["rule"])
    reason = str(result.results.set_index("rule")["reason"][rule])
    cells = ",".join("" if pd.isna(cell) else str(cell) for cell in raw.iloc[number])
    bad = result.caught["row_number"].nunique()
    raise ValidationRefusedError(
        f"{subject} refused: {bad} of {len(raw)} rows break a rule. The first is row "
        f"{int(raw.index[number])} ({cells}): {rule}. {reason} Nothing of it was stored.",
        score=result.score,
        failures=result.failures,
    )


def _require_new_issue(raw: pd.DataFrame, issue: str) -> None:
    """Refuse the issue before: EIA's API shows it, unnamed, until the new issue is released."""
    stored = read_table("outlooks")
    earlier = stored[stored["issue"] < issue]
    if earlier.empty:
        return
    before = earlier["issue"].max()
    claimed = parse_outlooks(raw.assign(issue=before))
    known = claimed[KEY].merge(stored, on=KEY)
    if len(known) == len(claimed) and agrees(claimed, stored).all():
        raise SourceFormatError(
            f"EIA still shows the issue of {before}, which is stored, and not that of {issue}. "
            "Try again after the release."
        )
