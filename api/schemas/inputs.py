"""Types of what clients send. A date is written, never guessed from a number."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?([Zz]|[+-]\d{2}:?\d{2})"
)


def _is_day(value: Any) -> Any:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("write a day as YYYY-MM-DD, for example 2020-04-20")
    return value


def _is_moment(value: Any) -> Any:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("write a moment with its time zone, for example 2020-04-20T14:30:00Z")
    return value


def _is_number(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise ValueError("write a number, without quotation marks")  # noqa: TRY004 - for pydantic
    return value


# pandas and the calendars know no other years.
_FIRST, _END = date(1900, 1, 1), date(2200, 1, 1)

Day = Annotated[date, Field(ge=_FIRST, lt=_END), BeforeValidator(_is_day)]
A_NUMBER = BeforeValidator(_is_number)
"""Refuses texts and booleans, which pydantic would take as numbers. Bounds go before it."""
Moment = Annotated[AwareDatetime, BeforeValidator(_is_moment)]
