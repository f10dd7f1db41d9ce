"""All rows of an answer that comes in pages, proved complete against the stated total."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from wellhead.errors import EmptySourceError, SourceFormatError, SourceUnavailableError

Row = dict[str, Any]
_MOST_PAGES = 100


@dataclass(frozen=True)
class Page:
    """One page: its rows, and how many rows the source says there are in all."""

    total: int
    rows: list[Row]


def read_page(
    body: Row, total_field: str, rows_field: str, row_fields: Sequence[str], subject: str
) -> Page:
    """The page that `body` holds; the total may be a number or a number's text.

    Raises SourceFormatError that names the first field that is not as documented.
    """
    total, rows = _field(body, total_field, subject), _field(body, rows_field, subject)
    if not str(total).isdecimal():
        raise SourceFormatError(f"{subject}: field {total_field!r} is {total!r}, not a number.")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SourceFormatError(f"{subject}: field {rows_field!r} is not a list of rows.")
    for row in rows:
        for name in row_fields:
            _field(row, name, subject)
    return Page(int(total), rows)


def _field(holder: Row, name: str, subject: str) -> Any:
    if name not in holder:
        raise SourceFormatError(
            f"{subject}: field {name!r} is missing; there are: {', '.join(holder) or 'none'}. "
            "The API has changed, or something else answers in its place."
        )
    return holder[name]


def all_rows(ask: Callable[[int], Page], day_field: str, subject: str) -> list[Row]:
    """Every row, in the source's order: `ask(offset)` until the stated total is held.

    A short page is followed up from where it ended. Raises EmptySourceError for a total of zero,
    SourceUnavailableError if the total changes meanwhile, and SourceFormatError if the pages
    repeat a day, end early or hold more rows than stated: no partial answer is returned.
    """
    rows: list[Row] = []
    total: int | None = None
    for _ in range(_MOST_PAGES):
        page = ask(len(rows))
        if total is not None and page.total != total:
            raise SourceUnavailableError(
                f"{subject}: the total changed from {total} to {page.total} rows while they were "
                "being read: the series is being published. Try again in a few minutes."
            )
        total = page.total
        _require_new(page, rows, day_field, subject)
        rows += page.rows
        if len(rows) >= total:
            return rows
    raise SourceFormatError(
        f"{subject}: {_MOST_PAGES} pages hold {len(rows)} of the stated {total} rows."
    )


def _require_new(page: Page, held: list[Row], day_field: str, subject: str) -> None:
    """Refuse a page that cannot be the next part of the answer."""
    if page.total == 0 and not page.rows:
        raise EmptySourceError(f"{subject} came back without rows, though the series is known.")
    so_far = len(held) + len(page.rows)
    if not page.rows or so_far > page.total:
        raise SourceFormatError(
            f"{subject}: the pages hold {so_far} rows and {page.total} are stated."
        )
    repeated = {str(row[day_field]) for row in held} & {str(row[day_field]) for row in page.rows}
    if repeated:
        raise SourceFormatError(
            f"{subject}: a page repeats {len(repeated)} days of an earlier one, "
            f"{min(repeated)} among them."
        )
