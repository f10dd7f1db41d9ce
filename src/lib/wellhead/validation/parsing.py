"""Raw cells become typed values. A cell that cannot be read becomes missing; the rules catch it."""

from dataclasses import dataclass

import pandas as pd

from wellhead.ingestion.base import BAR, read_days

_EMPTY = {"", ".", "nan", "null", "none", "n/a", "na"}  # how sources write "no price that day"


@dataclass(frozen=True)
class Parsed:
    """`rows`: one row a raw row that lists a value; the index is the position of the raw row.

    Columns: observed_at (aware UTC), value, unit, open, high, low, volume, published (aware UTC;
    NaT where the source does not say), as_written (the text of a row of a file whose cells could
    not be told apart; such a row has no value). `missing`: the number of days listed without a
    value.
    """

    rows: pd.DataFrame
    missing: int


def parse(raw: pd.DataFrame) -> Parsed:
    """Read the dates and numbers of raw rows (columns RAW_COLUMNS).

    A date that is not YYYY-MM-DD becomes NaT; text that is no number, or an infinite value,
    becomes NaN.
    """
    frame = raw.reset_index(drop=True)
    ragged = frame["as_written"].notna()
    empty = (frame["value"].isna() | _is_blank(frame["value"])) & ~ragged
    numbers = frame.mask(ragged)[~empty]
    frame = frame[~empty]
    rows = frame.assign(
        observed_at=read_days(frame["observed_at"]),
        published=_moments(frame["published"]),
        **{name: pd.to_numeric(numbers[name], errors="coerce") for name in ("value", *BAR)},
    ).replace({"value": [float("inf"), float("-inf")]}, float("nan"))
    return Parsed(rows, int(empty.sum()))


def days_listed_empty(raw: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """The days (YYYY-MM-DD) that the source lists without a value, in its order.

    `rows` are the parsed rows of `raw`.
    """
    written = raw.reset_index(drop=True)["observed_at"].drop(rows.index).astype(str).str.strip()
    return written.str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$")[0].dropna().tolist()


def _moments(written: pd.Series) -> pd.Series:
    """Moments of publication. A bare day counts from its end in the last time zone (UTC-12)."""
    moments = pd.to_datetime(written, format="ISO8601", errors="coerce", utc=True)
    bare = written.astype(str).str.strip().str.fullmatch(r"\d{4}-\d{2}-\d{2}").astype(bool)
    return moments + pd.to_timedelta(bare.astype(int) * 36, unit="h")


def _is_blank(values: pd.Series) -> pd.Series:
    return values.map(lambda value: isinstance(value, str) and value.strip().lower() in _EMPTY)
