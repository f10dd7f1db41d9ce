"""The bytes of a file: whether it is a workbook, and its text if it is not.

The content decides, not the extension: a `.csv` may be a workbook and an `.xls` may be text.
"""

import codecs
import re
from pathlib import Path

from wellhead.errors import EmptySourceError, SourceFormatError, SourceUnavailableError

_MOST_BYTES = 64 * 1024 * 1024  # a century of daily bars has less than 3 MB
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # .xlsx is a zip archive; .xls
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_NOT_A_TABLE = {
    r"<(?:[!?]|html|head|body|table|div|script)": "a web page or XML. The download has probably "
    "failed, or asked for a login",
    r"[{\[]": "JSON. Save the prices as CSV",
    r"%PDF": "a PDF. Save the prices as CSV",
}
"""How text begins that is no table (Stooq's header begins with <TICKER>), and what it is."""


def read_content(path: Path) -> bytes:
    """The bytes of a file. Raises SourceUnavailableError, and SourceFormatError if it is huge."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceUnavailableError(f"{path} cannot be opened: {error.strerror}.") from error
    if len(content) > _MOST_BYTES:
        size = len(content) // 1024 // 1024
        raise SourceFormatError(f"{path} has {size} MB: no file of daily prices is so large.")
    return content


def is_workbook(content: bytes) -> bool:
    """Whether the bytes are those of an Excel file (or of another zip archive)."""
    return content.startswith(_WORKBOOKS)


def to_text(content: bytes, path: Path, columns: tuple[str, ...] = ("date", "value")) -> str:
    """The text: UTF-8, UTF-16 with its mark, or else Windows-1252 where that gives only text.

    Raises EmptySourceError, which names the `columns` that are needed, or SourceFormatError for
    bytes that are no text or no table.
    """
    text = _decoded(content)
    if text is None or _CONTROL.search(text):
        raise SourceFormatError(
            f"{path} is not a readable CSV file: it is no text in UTF-8, in UTF-16 with a "
            "byte-order mark, or in Windows-1252. Save it as CSV in UTF-8."
        )
    if not text.strip():
        raise EmptySourceError(f"{path} is empty. It needs the columns {','.join(columns)}.")
    for beginning, kind in _NOT_A_TABLE.items():
        if re.match(beginning, text.lstrip(), re.IGNORECASE):
            raise SourceFormatError(f"{path} is not a CSV file but {kind}.")
    return text


def _decoded(content: bytes) -> str | None:
    encodings = ["utf-8-sig", "cp1252"]
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
