"""Rule columns that one row decides: how its cells are written, and where its day lies."""

import numpy as np
import pandas as pd

from wellhead.catalogue.series import Frequency
from wellhead.ingestion.base import BAR

_MIDNIGHT = r"[T ]0{1,2}:00(?::00(?:\.0+)?)?(?:Z|[+-]\d{2}:?\d{2})?"
_WEEKS_TO_LEARN_FROM = 26


def cell_columns(
    raw: pd.DataFrame, rows: pd.DataFrame, frequency: Frequency, week_day: int
) -> dict[str, pd.Series]:
    """The columns by name, aligned with `rows`, the parsed rows of `raw`.

    bar_unreadable: a cell of open, high, low or volume is neither empty nor a number.
    clock_written: a time of day other than midnight is written after the date.
    off_midnight, off_period: the day is not a midnight, not the day that stamps its week or month.
    outside_bar: how far the value lies outside low and high, in the instrument's unit.
    observed_at_written, value_written: the cells as the source wrote them. shown: the row in short,
    or its line in a file where its cells could not be told apart.
    """
    cells, day = raw.reset_index(drop=True).loc[rows.index], rows["observed_at"]
    bar = list(BAR)
    text = cells["observed_at"].astype(str).str.strip()
    after_date = text.str.extract(r"^\d{4}-\d{2}-\d{2}([T ].*)$")[0]
    return {
        "bar_unreadable": (cells[bar].notna() & rows[bar].isna()).any(axis=1),
        "clock_written": after_date.notna() & ~after_date.fillna("").str.fullmatch(_MIDNIGHT),
        "off_midnight": day.notna() & (day != day.dt.normalize()),
        "off_period": off_period(day, frequency, week_day),
        "outside_bar": np.maximum(rows["low"] - rows["value"], rows["value"] - rows["high"]),
        "observed_at_written": cells["observed_at"],
        "value_written": cells["value"],
        "shown": cells["as_written"].fillna(text + " " + cells["value"].astype(str)),
    }


def off_period(day: pd.Series, frequency: Frequency, week_day: int) -> pd.Series:
    """Whether a monthly row is not of the first of a month, a weekly one not of the week's day.

    `week_day` is that of the catalogue (0 for Monday), unless half a year of rows says otherwise.
    """
    off = pd.Series(False, index=day.index)
    if frequency == "monthly":
        off |= day.notna() & (day.dt.day != 1)
    elif frequency == "weekly":
        weekdays = day.dt.day_of_week.dropna()
        is_known = len(weekdays) >= _WEEKS_TO_LEARN_FROM
        usual = weekdays.mode().iloc[0] if is_known else week_day
        off |= day.notna() & (day.dt.day_of_week != usual)
    return off
