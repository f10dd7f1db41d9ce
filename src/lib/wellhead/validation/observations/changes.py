"""Rule columns that compare a row with others: repeated days, jumps, unchanged values."""

import pandas as pd

_YEAR = 250  # rows
_ENOUGH = 60  # changes, for a median of them to mean something


def change_columns(rows: pd.DataFrame, before: pd.DataFrame) -> dict[str, pd.Series]:
    """The columns by name, aligned with parsed `rows`.

    `before` are the stored days (observed_at, value) before those of `rows`: a day is compared
    with the year before it, which a short batch does not hold.

    is_repeat: a further copy of a day, or a day whose values disagree. jump: the absolute change
    since the row before, as a multiple of the median one of the year before. unchanged_days: rows
    in a row without a change.
    """
    change = _in_order(rows, before).diff().abs()
    usual = change.rolling(_YEAR, min_periods=_ENOUGH).median().shift()
    unchanged = change.eq(0).astype(int)
    run = unchanged.groupby(unchanged.eq(0).cumsum()).cumsum()
    return {
        "is_repeat": _is_repeat(rows),
        "jump": (change / usual.where(usual > 0)).reindex(rows.index),
        "unchanged_days": run.reindex(rows.index),
    }


def _in_order(rows: pd.DataFrame, before: pd.DataFrame) -> pd.Series:
    """The values day by day, of each day the one published last; the stored days come first."""
    in_order = rows.sort_values(["observed_at", "published"], kind="stable")
    is_vintage = in_order["published"].notna()
    newest = in_order[~(is_vintage & in_order["observed_at"].duplicated(keep="last"))]
    if before.empty:
        return newest["value"]
    earlier = before.sort_values("observed_at")["value"]
    earlier.index = pd.RangeIndex(-len(earlier), 0)  # no row of `rows` has such a number
    together: pd.Series = pd.concat([earlier, newest["value"]])
    return together


def _is_repeat(rows: pd.DataFrame) -> pd.Series:
    """True for further copies of a day, and for all rows of a day whose values disagree.

    A day may stand once for each moment of publication: those rows are its vintages.
    """
    day = rows["observed_at"].dt.normalize()
    key = [day, rows["published"].fillna(pd.Timestamp(0, tz="UTC"))]
    copies = pd.concat(key, axis="columns").duplicated(keep="first")
    disagree = rows["value"].groupby(key).transform("nunique") > 1
    repeat: pd.Series = (copies | disagree) & day.notna()
    return repeat
