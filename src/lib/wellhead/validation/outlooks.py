"""The gate of EIA's outlooks: raw rows, typed, against `expectations/outlooks.yml`."""

import numpy as np
import pandas as pd

from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.outlook import SERIES, cutoff, published_at
from wellhead.validation.gate import ValidationResult, validate

KEY = ["commodity", "issue", "target_at"]
"""The columns that name a stored row."""
_MONTH = r"\d{4}-(?:0[1-9]|1[0-2])"
_COMMODITY = {series: key for key, series in SERIES.items()}


def validate_outlooks(
    raw: pd.DataFrame, stored: pd.DataFrame, moment: pd.Timestamp
) -> ValidationResult:
    """Validate rows of RAW_OUTLOOK at `moment`. `stored` are the rows of table `outlooks`."""
    return validate("outlooks", with_rule_columns(parse_outlooks(raw), stored, moment))


def parse_outlooks(raw: pd.DataFrame) -> pd.DataFrame:
    """Rows of RAW_OUTLOOK as typed rows; a cell that cannot be read is missing.

    Columns: issue (YYYY-MM), issued and target_at (the midnights that begin the months), series,
    period, kind, unit (as written), commodity, value, published.
    """
    cells = raw.apply(lambda column: column.astype("string").str.strip()).astype(object)
    issued, target_at = months(cells["issue"]), months(cells["period"])
    issue = issued.dt.strftime("%Y-%m")
    value = pd.to_numeric(cells["value"], errors="coerce").astype(float)
    rows: pd.DataFrame = cells.assign(
        commodity=cells["series"].map(_COMMODITY),
        issue=issue,
        issued=issued,
        target_at=target_at,
        value=value.where(np.isfinite(value)),
        published=pd.to_datetime(issue.map(published_at, na_action="ignore"), utc=True),
    )
    return rows


def with_rule_columns(
    rows: pd.DataFrame, stored: pd.DataFrame, moment: pd.Timestamp
) -> pd.DataFrame:
    """Typed rows with the columns that the suite looks at; each fault is seen by one rule alone.

    is_plausible, unit_fits (a missing unit does), lies_ahead (true of what is no forecast),
    has_come (the issue's information has ended), agrees (with `stored`). unit becomes the
    catalogue's.
    """
    known = [find_instrument(key) if isinstance(key, str) else None for key in rows["commodity"]]
    units = pd.Series([each.unit if each else None for each in known], index=rows.index)
    bounds = [(-np.inf, np.inf) if each is None else each.plausible for each in known]
    ends = rows["issue"].map(cutoff, na_action="ignore")
    return rows.assign(
        is_plausible=[
            bool(np.isnan(value) or low <= value <= high)
            for value, (low, high) in zip(rows["value"], bounds, strict=True)
        ],
        unit_fits=rows["unit"].isna() | units.isna() | (rows["unit"] == units),
        lies_ahead=~((rows["kind"] == "forecast") & (rows["target_at"] < rows["issued"])),
        has_come=[bool(pd.isna(end) or end <= moment) for end in ends],
        agrees=agrees(rows, stored),
        unit=units,
    )


def months(written: pd.Series) -> pd.Series:
    """Months 'YYYY-MM' as the midnights that begin them; NaT for text that is no month."""
    text = written.astype("string")
    stamps = (text + "-01").where(text.str.fullmatch(_MONTH).fillna(False).astype(bool))
    return pd.to_datetime(stamps, format="%Y-%m-%d", utc=True).astype("datetime64[us, UTC]")


def agrees(rows: pd.DataFrame, stored: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each typed row is new, or has the value that is stored already."""
    before = stored.set_index(KEY)["value"].reindex(pd.MultiIndex.from_frame(rows[KEY]))
    known = before.to_numpy(dtype=float)
    same = np.isclose(rows["value"], known, rtol=1e-9, atol=0)
    return pd.Series(np.isnan(known) | rows["value"].isna() | same, index=rows.index)
