"""From a source's raw rows to typed rows with the columns that the rules look at."""

from dataclasses import dataclass

import pandas as pd

from wellhead.catalogue.series import Frequency
from wellhead.ingestion.base import read_days

_BAR = ("open", "high", "low", "volume")
_NO_VALUE = {"", ".", "nan", "null", "none", "n/a", "na"}  # how sources write "no price that day"


@dataclass(frozen=True)
class Prepared:
    """`rows`: typed, one a raw row that lists a value; its index is the raw row's position.

    `missing`: the number of days that the source lists without a value.
    """

    rows: pd.DataFrame
    missing: int


def prepare(
    raw: pd.DataFrame, frequency: Frequency, before: pd.DataFrame | None = None
) -> Prepared:
    """Read dates and numbers. What cannot be read becomes NaT or NaN for the rules to catch.

    `before` are the stored rows (observed_at, value) of the days before those in `raw`: rules that
    compare a day with the year before need them when `raw` is a short window.

    Columns of `rows`: observed_at (aware UTC), value, unit, open, high, low, volume, published
    (aware UTC, NaT where the source does not say), and for the rules is_repeat, is_weekend, jump,
    unchanged_days.
    """
    frame = raw.reset_index(drop=True)
    listed_empty = frame["value"].isna() | _is_blank(frame["value"])
    frame = frame[~listed_empty]
    rows = frame.assign(
        observed_at=read_days(frame["observed_at"]),
        published=_moments(frame["published"]),
        **{name: pd.to_numeric(frame[name], errors="coerce") for name in ("value", *_BAR)},
    ).replace({"value": [float("inf"), float("-inf")]}, float("nan"))
    return Prepared(rows.assign(**_judged(rows, frequency, before)), int(listed_empty.sum()))


def _moments(written: pd.Series) -> pd.Series:
    """Moments of publication; a bare day counts when it has ended everywhere on earth (UTC-12)."""
    moments = pd.to_datetime(written, format="ISO8601", errors="coerce", utc=True)
    bare = written.astype(str).str.strip().str.fullmatch(r"\d{4}-\d{2}-\d{2}").astype(bool)
    return moments + pd.to_timedelta(bare.astype(int) * 36, unit="h")


def _is_blank(values: pd.Series) -> pd.Series:
    return values.map(lambda value: isinstance(value, str) and value.strip().lower() in _NO_VALUE)


def _judged(
    rows: pd.DataFrame, frequency: Frequency, before: pd.DataFrame | None
) -> dict[str, pd.Series]:
    """The columns that rules need and no source supplies."""
    change = _in_order(rows, before).diff().abs()
    usual = change.rolling(250, min_periods=60).median().shift()
    unchanged = change.eq(0).astype(int)
    run = unchanged.groupby(unchanged.eq(0).cumsum()).cumsum()
    return {
        "is_repeat": _is_repeat(rows),
        "is_weekend": (rows["observed_at"].dt.day_of_week >= 5) & (frequency != "monthly"),
        "jump": (change / usual.where(usual > 0)).reindex(rows.index),
        "unchanged_days": run.reindex(rows.index),
    }


def _in_order(rows: pd.DataFrame, before: pd.DataFrame | None) -> pd.Series:
    """The values day by day, each day as it was published last; stored days come before."""
    in_order = rows.sort_values(["observed_at", "published"], kind="stable")
    vintages = in_order["published"].notna()
    newest = in_order[~(vintages & in_order["observed_at"].duplicated(keep="last"))]
    if before is None or before.empty:
        return newest["value"]
    earlier = before.sort_values("observed_at")["value"]
    earlier.index = pd.RangeIndex(-len(earlier), 0)  # no row of `rows` has such a number
    together: pd.Series = pd.concat([earlier, newest["value"]])
    return together


def _is_repeat(rows: pd.DataFrame) -> pd.Series:
    """True for further copies of a day, and for all rows of a day whose values disagree.

    A day may come once for each moment of publication: those are its vintages.
    """
    day = rows["observed_at"].dt.normalize()
    key = [day, rows["published"].fillna(pd.Timestamp(0, tz="UTC"))]
    copies = pd.concat(key, axis="columns").duplicated(keep="first")
    disagree = rows["value"].groupby(key).transform("nunique") > 1
    repeat: pd.Series = (copies | disagree) & day.notna()
    return repeat
