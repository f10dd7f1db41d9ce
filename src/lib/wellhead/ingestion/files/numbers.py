"""Numbers as people write them: decimal point or comma, with or without separated thousands.

What is written decides, and only where all cells agree. 2,581 is 2581 in America and 2.581 in
Germany: where nothing else in the file tells, it is refused and never guessed.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from wellhead.errors import SourceFormatError
from wellhead.ingestion.files.rows import Cell

_SPACES = " '’\u00a0\u202f"
_DIGITS = re.compile(rf"(?=.*\d)[\d.,+\-{_SPACES}eE]+")
_SCALES = {"K": 3, "M": 6, "B": 9}  # investing.com's volumes: 312.41K
_NO_VOLUME = "-"  # investing.com's
_NO_NUMBER = {"#n/a", "#n/a n/a", "#na", "<na>", "-nan", "n/a", "na", "nan", "null", "none"}
"""How Excel, pandas and R write "no value that day". No other word means it."""
NUMBERS = ("value", "open", "high", "low", "volume")
Columns = dict[str, list[Cell]]


def _form(decimal: str, group: str) -> re.Pattern[str]:
    whole = rf"(?:\d+|\d{{1,3}}(?P<group>[{group}{_SPACES}])\d{{3}}(?:(?P=group)\d{{3}})*)"
    fraction = rf"(?:{re.escape(decimal)}\d*)?(?:[eE][+-]?\d+)?"
    return re.compile(rf"[+-]?(?:{whole}{fraction}|{re.escape(decimal)}\d+)")


_FORMS = {".": _form(".", ","), ",": _form(",", ".")}
"""Decimal sign -> the numbers written with it."""


def numbers(columns: Columns, given: str | None, path: Path) -> tuple[Columns, set[int]]:
    """The columns with their numbers as 1004.25; cells that are none stay as they are.

    With the decimal sign `given`, the second result has the places of numbers that are not written
    with it. Raises SourceFormatError where the columns can be read in two ways.
    """
    texts = {name: [t for c in cells if (t := _digits(c, name))] for name, cells in columns.items()}
    sign = given or _decimal_sign(texts, path)
    read, unfit = dict[str, list[Cell]](), set[int]()
    for name, cells in columns.items():
        told = sign if given or (sign and sign in _fitting(texts[name])) else None
        read[name] = [_plain(cell, name, told) for cell in cells]
        if given:
            written = [_digits(cell, name) for cell in cells]
            unfit |= {i for i, t in enumerate(written) if t and not _FORMS[given].fullmatch(t)}
    return read, unfit


def _digits(cell: Cell, name: str) -> str | None:
    """The number in a cell as it is written, without the letter of a volume; None if none."""
    text = cell.strip() if isinstance(cell, str) else ""
    if name == "volume" and text[-1:].upper() in _SCALES:
        text = text[:-1]
    return text if _DIGITS.fullmatch(text) else None


def _plain(cell: Cell, name: str, sign: str | None) -> Cell:
    """The number as 1004.25; the cell itself if it is no number with this decimal sign."""
    digits = _digits(cell, name)
    if digits is None:
        empty = _is_no_value(cell) or (name == "volume" and cell == _NO_VOLUME)
        return None if empty else cell
    scale = _SCALES.get(str(cell).strip()[-1].upper())
    sign = sign or ("." if scale else None)
    if sign is None or not _FORMS[sign].fullmatch(digits):
        return cell
    group = "," if sign == "." else "."
    number = "".join(c for c in digits if c != group and c not in _SPACES).replace(sign, ".")
    return f"{Decimal(number).scaleb(scale):f}" if scale else number


def _is_no_value(cell: Cell) -> bool:
    """Whether a cell says that there is no value."""
    return isinstance(cell, str) and cell.strip().lower() in _NO_NUMBER


def _decimal_sign(texts: dict[str, list[str]], path: Path) -> str | None:
    """The decimal sign of all columns together; None: no cell has a comma or separated thousands.

    A column whose own cells disagree has no say: each of its cells is judged as it is written.
    """
    grouped = [t for cells in texts.values() for t in cells if set(t) & set("," + _SPACES)]
    told = [signs for cells in texts.values() if (signs := _fitting(cells))]
    common = frozenset(_FORMS).intersection(*told)
    value = "".join(texts["value"])
    is_turned = common == {","} and "," not in value and "." in value
    if not grouped or not _fitting(texts["value"]):
        return None
    if len(common) != 1 or is_turned:
        raise SourceFormatError(
            f"{path}: {grouped[0]!r} can be read in two ways. Say whether the decimal sign is a "
            "point or a comma: --decimal . or --decimal , (decimal in layout.yml beside the file)."
        )
    return next(iter(common))


def _fitting(texts: Iterable[str]) -> frozenset[str]:
    """The decimal signs with which every text is a number."""
    forms = _FORMS.items()
    return frozenset(sign for sign, form in forms if all(form.fullmatch(t) for t in texts))
