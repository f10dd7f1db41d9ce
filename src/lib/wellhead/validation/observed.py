"""The columns of a rule: whether it applies, the range of its column, the cells it caught.

A table may have the column `NAME_written` beside NAME: its cells as the source wrote them; and
`shown`: each row in short.
"""

from collections import Counter

import pandas as pd

from wellhead.validation.suites import Rule

_SHOWN = 3
_LISTED = 30
_ON_NULL = ("expect_column_values_to_not_be_null", "expect_column_values_to_be_null")


def applies(rule: Rule, frame: pd.DataFrame) -> bool:
    """Whether there is anything to check: enough rows, and values in the columns of the rule.

    The rules on bars do not apply to a series without bars.
    """
    if len(frame) < max(1, rule.only_from_rows):
        return False
    return rule.check in _ON_NULL or all(frame[name].notna().any() for name in rule.columns)


def observed(rule: Rule, frame: pd.DataFrame) -> str:
    """The range of the rule's column: '-36.98 to 145.31', or its few distinct values."""
    if len(rule.columns) != 1:
        return ""
    cells = frame[rule.columns[0]].dropna()
    if cells.empty:
        return "nothing"
    if cells.dtype.kind in "fiM" or isinstance(cells.dtype, pd.DatetimeTZDtype):
        low, high = _text(cells.min()), _text(cells.max())
        return low if low == high else f"{low} to {high}"
    distinct = list(map(_text, cells.unique()))
    more = len(distinct) - _SHOWN
    return ", ".join(distinct[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def examples(rule: Rule, frame: pd.DataFrame, caught: list[int]) -> list[str]:
    """Up to three of the caught cells, as written where the table says so; of two columns both."""
    columns = [_written(name, frame) for name in rule.columns]
    cells = frame.loc[caught[:_SHOWN], columns]
    return [", ".join(map(_text, row)) for row in cells.itertuples(index=False)]


def distinct(rule: Rule, frame: pd.DataFrame, caught: list[int]) -> str:
    """The distinct cells caught, each with its number of rows: "'-' (4), '--' (3)".

    Of a rule on cells that could not be read; else nothing.
    """
    column = _written(rule.columns[0], frame)
    if rule.check not in _ON_NULL or column == rule.columns[0]:
        return ""
    counts = Counter(map(_text, frame.loc[caught, column].dropna()))
    listed = [f"{cell!r} ({count})" for cell, count in counts.most_common(_LISTED)]
    more = [f"{len(counts) - _LISTED} more"] if len(counts) > _LISTED else []
    return ", ".join(listed + more)


def first(frame: pd.DataFrame, caught: list[int]) -> str:
    """The first row caught, in short; nothing where the table has no column `shown`."""
    return str(frame["shown"].loc[caught[0]]) if caught and "shown" in frame else ""


def _written(name: str, frame: pd.DataFrame) -> str:
    return f"{name}_written" if f"{name}_written" in frame else name


def _text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        midnight = value == value.normalize()
        return f"{value:%Y-%m-%d}" if midnight else f"{value:%Y-%m-%d %H:%M}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
