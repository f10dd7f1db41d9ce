"""From a source's raw rows to typed rows with the columns that the rules look at."""

from dataclasses import dataclass

import pandas as pd

from wellhead.ingestion.base import Frequency

_BAR = ("open", "high", "low", "volume")
_NO_VALUE = {"", ".", "nan", "null", "none", "n/a", "na"}  # how sources write "no price that day"


@dataclass(frozen=True)
class Prepared:
    """`rows`: typed, one a raw row that lists a value; its index is the raw row's position.

    `missing`: the number of days that the source lists without a value.
    """

    rows: pd.DataFrame
    missing: int


def prepare(raw: pd.DataFrame, frequency: Frequency) -> Prepared:
    """Read dates and numbers. What cannot be read becomes NaT or NaN for the rules to catch.

    A date is `YYYY-MM-DD`, and a time behind it is ignored: the day counts as it is written, not
    as it falls in another zone, and 03/04/2020 is not guessed at.

    Columns of `rows`: observed_at (aware UTC), value, unit, open, high, low, volume, and for the
    rules is_repeat, is_weekend, jump, unchanged_days.
    """
    frame = raw.reset_index(drop=True)
    listed_empty = frame["value"].isna() | _is_blank(frame["value"])
    frame = frame[~listed_empty]
    rows = frame.assign(
        observed_at=_days(frame["observed_at"]),
        **{name: pd.to_numeric(frame[name], errors="coerce") for name in ("value", *_BAR)},
    ).replace({"value": [float("inf"), float("-inf")]}, float("nan"))
    return Prepared(rows.assign(**_judged(rows, frequency)), int(listed_empty.sum()))


def _days(written: pd.Series) -> pd.Series:
    iso = written.astype(str).str.strip().str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$")[0]
    return pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce", utc=True)


def _is_blank(values: pd.Series) -> pd.Series:
    return values.map(lambda value: isinstance(value, str) and value.strip().lower() in _NO_VALUE)


def _judged(rows: pd.DataFrame, frequency: Frequency) -> dict[str, pd.Series]:
    """The columns that rules need and no source supplies."""
    in_order = rows.sort_values("observed_at", kind="stable")
    change = in_order["value"].diff().abs()
    usual = change.rolling(250, min_periods=60).median().shift()
    unchanged = change.eq(0).astype(int)
    run = unchanged.groupby(unchanged.eq(0).cumsum()).cumsum()
    return {
        "is_repeat": _is_repeat(rows),
        "is_weekend": (rows["observed_at"].dt.day_of_week >= 5) & (frequency != "monthly"),
        "jump": (change / usual.where(usual > 0)).reindex(rows.index),
        "unchanged_days": run.reindex(rows.index),
    }


def _is_repeat(rows: pd.DataFrame) -> pd.Series:
    """True for further copies of a day, and for all rows of a day whose values disagree."""
    day = rows["observed_at"].dt.normalize()
    dated = day.notna()
    disagree = rows["value"].groupby(day).transform("nunique") > 1
    repeat: pd.Series = (day.duplicated(keep="first") | disagree) & dated
    return repeat
