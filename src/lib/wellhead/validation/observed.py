"""The columns of a rule: whether it applies, the range of its column, the values it caught."""

import pandas as pd

from wellhead.validation.suites import Rule

_SHOWN = 3
_NOT_NULL = "expect_column_values_to_not_be_null"


def applies(rule: Rule, frame: pd.DataFrame) -> bool:
    """Whether there is anything to check: enough rows, and values in the columns of the rule.

    The rules on bars do not apply to a series without bars.
    """
    if len(frame) < max(1, rule.only_from_rows):
        return False
    return rule.check == _NOT_NULL or all(frame[name].notna().any() for name in rule.columns)


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
    """Up to three of the caught cells; of two columns both."""
    cells = frame.loc[caught[:_SHOWN], list(rule.columns)]
    return [", ".join(map(_text, row)) for row in cells.itertuples(index=False)]


def _text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        midnight = value == value.normalize()
        return f"{value:%Y-%m-%d}" if midnight else f"{value:%Y-%m-%d %H:%M}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
