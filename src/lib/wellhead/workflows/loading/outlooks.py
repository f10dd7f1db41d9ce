"""Verbs: load issues of EIA's Short-Term Energy Outlook, from a file or from EIA."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.outlook import SERIES, cutoff, newest_issue, published_at
from wellhead.database.operations import read_table
from wellhead.database.server.replica import reading_primary
from wellhead.database.writing import write_rows
from wellhead.errors import InputError, SourceFormatError, ValidationRefusedError
from wellhead.ingestion.backfill import resumable
from wellhead.ingestion.steo import fetch_outlook, read_outlooks
from wellhead.validation.gate import ValidationResult, validate

_MONTH = r"\d{4}-(?:0[1-9]|1[0-2])"
_KEY = ["commodity", "issue", "target_at"]
_COMMODITY = {series: key for key, series in SERIES.items()}


@dataclass(frozen=True)
class LoadedIssues:
    """The outcome of one load: `rows` as they are stored, and how many of them were new."""

    rows: pd.DataFrame
    new: int


@reading_primary()
def load_issues(file: Path) -> LoadedIssues:
    """Load the issues in a CSV file (`steo_issue,series,period,value,kind`); all of it or nothing.

    Loading it again changes nothing. Raises SourceError if it cannot be read, and
    ValidationRefusedError that names its first bad row.
    """
    return _store(read_outlooks(file), f"{file}")


@reading_primary()
def fetch_issue(issue: str | None = None) -> LoadedIssues:
    """Load the issue that EIA's API shows: the newest; all its series or none.

    `issue` 'YYYY-MM' says which it is where EIA departs from its calendar. Raises InputError,
    SettingsError without a key, SourceError, also if EIA still shows the issue before, and
    ValidationRefusedError.
    """
    chosen = issue or newest_issue(now())
    if pd.isna(_months(pd.Series([chosen])).iloc[0]):
        raise InputError(f"issue {chosen!r} is not a month: write it as YYYY-MM.")
    with resumable():
        raw = fetch_outlook(chosen)
        _require_another_than_before(raw, chosen)
        return _store(raw, f"STEO of {chosen} from eia")


def _store(raw: pd.DataFrame, subject: str) -> LoadedIssues:
    result = validate("outlooks", judged_outlooks(raw, read_table("outlooks"), now()))
    _require_flawless(result, raw, subject)
    rows = result.passed.assign(available_at=result.passed["published"])
    stored = ["commodity", "issue", "target_at", "series", "kind", "value", "unit", "available_at"]
    return LoadedIssues(rows[stored], write_rows("outlooks", rows[stored]))


def judged_outlooks(raw: pd.DataFrame, stored: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """Rows of RAW_OUTLOOK, typed, with what the suite `outlooks` looks at.

    `stored` are rows of table `outlooks`. What cannot be read is missing, and each fault is seen
    by one rule alone.
    """
    cells = raw.apply(lambda column: column.astype("string").str.strip()).astype(object)
    cells["commodity"] = cells["series"].map(_COMMODITY)
    issued, target_at = _months(cells["issue"]), _months(cells["period"])
    issue = issued.dt.strftime("%Y-%m")
    value = pd.to_numeric(cells["value"], errors="coerce").astype(float)
    value = value.where(np.isfinite(value))
    known = [find_instrument(key) if isinstance(key, str) else None for key in cells["commodity"]]
    bounds = [(-np.inf, np.inf) if each is None else each.plausible for each in known]
    units = pd.Series([each.unit if each else None for each in known], index=cells.index)
    ends = issue.map(cutoff, na_action="ignore")
    rows: pd.DataFrame = cells.assign(
        issue=issue,
        target_at=target_at,
        value=value,
        published=pd.to_datetime(issue.map(published_at, na_action="ignore"), utc=True),
        is_plausible=[
            bool(np.isnan(v) or low <= v <= high)
            for v, (low, high) in zip(value, bounds, strict=True)
        ],
        unit_fits=cells["unit"].isna() | units.isna() | (cells["unit"] == units),
        lies_ahead=~((cells["kind"] == "forecast") & (target_at < issued)),
        has_come=[bool(pd.isna(end) or end <= moment) for end in ends],
        unit=units,
    )
    rows["agrees"] = _agrees(rows, stored)
    return rows


def _months(written: pd.Series) -> pd.Series:
    """Months 'YYYY-MM' as the midnights that begin them; NaT for what is none."""
    text = written.astype("string")
    stamps = (text + "-01").where(text.str.fullmatch(_MONTH).fillna(False).astype(bool))
    return pd.to_datetime(stamps, format="%Y-%m-%d", utc=True).astype("datetime64[us, UTC]")


def _agrees(rows: pd.DataFrame, stored: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each row is new, or says what is stored already."""
    before = stored.set_index(_KEY)["value"].reindex(pd.MultiIndex.from_frame(rows[_KEY]))
    held = before.to_numpy(dtype=float)
    same = np.isclose(rows["value"], held, rtol=1e-9, atol=0)
    return pd.Series(np.isnan(held) | rows["value"].isna() | same, index=rows.index)


def _require_flawless(result: ValidationResult, raw: pd.DataFrame, subject: str) -> None:
    """Raise ValidationRefusedError that shows the first row at fault, unless all rows pass."""
    if result.caught.empty:
        return
    first = result.caught.sort_values("row_number", kind="stable").iloc[0]
    number, rule = int(first["row_number"]), str(first["rule"])
    reason = str(result.results.set_index("rule")["reason"][rule])
    cells = ",".join("" if pd.isna(cell) else str(cell) for cell in raw.iloc[number])
    bad = result.caught["row_number"].nunique()
    raise ValidationRefusedError(
        f"{subject} refused: {bad} of {len(raw)} rows break a rule, the first in row "
        f"{int(raw.index[number])} ({cells}): {rule}. {reason} Nothing of it was stored.",
        score=result.score,
        failures=result.failures,
    )


def _require_another_than_before(raw: pd.DataFrame, issue: str) -> None:
    """Until EIA has released an issue its API shows the one before, and does not say so."""
    stored = read_table("outlooks")
    earlier = stored[stored["issue"] < issue]
    if earlier.empty:
        return
    before = earlier["issue"].max()
    claimed = judged_outlooks(raw.assign(issue=before), stored, now())
    held = claimed[_KEY].merge(stored, on=_KEY)
    if len(held) == len(claimed) and claimed["agrees"].all():
        raise SourceFormatError(
            f"EIA shows the issue of {before}, which is stored, and not that of {issue} yet. "
            "Try again after the release."
        )
