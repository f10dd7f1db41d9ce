"""What can be seen only in a source's answer as it was written, before it was read."""

import pandas as pd

_BAR = ["open", "high", "low", "volume"]
_MIDNIGHT = r"[T ]0{1,2}:00(?::00(?:\.0+)?)?(?:Z|[+-]\d{2}:?\d{2})?"


def days_listed_empty(raw: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """The days (YYYY-MM-DD) that the source lists without a value, in its order.

    `rows` are the rows of `raw` that list a value, as `prepare` gives them.
    """
    written = raw.reset_index(drop=True)["observed_at"].drop(rows.index).astype(str).str.strip()
    return written.str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$")[0].dropna().tolist()


def as_written(raw: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Prepared rows with two columns that rules look at.

    bar_unreadable: a cell of open, high, low or volume holds something that is no number.
    clock_written: behind the date stands a time of day that is not midnight.
    """
    cells = raw.reset_index(drop=True).loc[rows.index]
    text = cells["observed_at"].astype(str).str.strip()
    behind = text.str.extract(r"^\d{4}-\d{2}-\d{2}([T ].*)$")[0]
    return rows.assign(
        bar_unreadable=(cells[_BAR].notna() & rows[_BAR].isna()).any(axis=1),
        clock_written=behind.notna() & ~behind.fillna("").str.fullmatch(_MIDNIGHT),
    )
