"""All rows of a paged answer, checked against the total that the source states."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from wellhead.errors import (
    EmptySourceError,
    SourceError,
    SourceFormatError,
    SourceUnavailableError,
)
from wellhead.ingestion.backfill import KeptPages, Page, Row
from wellhead.ingestion.responses import brief

_MOST_PAGES = 100


class AllRows(NamedTuple):
    """A complete answer: as many rows as stated, and the number of pages."""

    rows: list[Row]
    pages: int


def read_page(
    body: Row, total_field: str, rows_field: str, row_fields: Sequence[str], subject: str
) -> Page:
    """The page in `body`; the total may be a number or the text of a number.

    Raises SourceFormatError that names the first field that is not as documented.
    """
    total, rows = _field(body, total_field, subject), _field(body, rows_field, subject)
    if not str(total).isdecimal():
        raise SourceFormatError(
            f"{subject}: field {total_field!r} is {brief(repr(total))}, not a number."
        )
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SourceFormatError(f"{subject}: field {rows_field!r} is not a list of rows.")
    for row in rows:
        for name in row_fields:
            _require_plain(_field(row, name, subject), name, subject)
    return Page(int(total), rows)


def _field(holder: Row, name: str, subject: str) -> Any:
    if name not in holder:
        there = brief(", ".join(holder)) or "none"
        raise SourceFormatError(
            f"{subject}: field {name!r} is missing; there are: {there}. "
            "The API has changed, or another server answers in its place."
        )
    return holder[name]


def _require_plain(cell: Any, name: str, subject: str) -> None:
    """Refuse a cell that is not text, a number or null; `true` would be read as 1."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float | None):
        raise SourceFormatError(
            f"{subject}: field {name!r} has {brief(repr(cell))}, neither text nor a number."
        )


def all_rows(
    ask: Callable[[int], Page], key: Sequence[str], subject: str, kept: KeptPages | None = None
) -> AllRows:
    """Every row, in the source's order, by calls of `ask(offset)` until the stated total is there.

    After a short page the next request starts where it ended. `kept` pages are not fetched again,
    as long as the pages after them fit. `key`: the fields that no two rows share.

    Raises EmptySourceError for a total of zero, SourceUnavailableError if the total changes
    meanwhile, and SourceFormatError if the pages repeat a key, end early or have more rows than
    stated. A partial answer is never returned.
    """
    before = kept.read() if kept else []
    if before:
        try:
            return _Pages(key, subject, kept).follow(ask, before)
        except _UnfitError:  # the source has changed since: start again
            _forget(kept)
    try:
        return _Pages(key, subject, kept).follow(ask, [])
    except _UnfitError as unfit:
        _forget(kept)
        raise unfit.error from None


def _forget(kept: KeptPages | None) -> None:
    if kept:
        kept.forget()


class _UnfitError(Exception):
    """Pages that cannot be parts of one answer; `error` says why."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(error)
        self.error = error


class _Pages:
    """The rows read so far."""

    def __init__(self, key: Sequence[str], subject: str, kept: KeptPages | None) -> None:
        self._key, self._subject, self._kept = key, subject, kept
        self._rows: list[Row] = []
        self._seen: set[tuple[Any, ...]] = set()
        self._total: int | None = None

    def follow(self, ask: Callable[[int], Page], before: list[Page]) -> AllRows:
        """Take the kept pages, then ask for the rest."""
        for page in before:
            self._take(page)
        for count in range(len(before), _MOST_PAGES):
            offset = len(self._rows)
            page = ask(offset)
            self._take(page)
            if len(self._rows) == page.total:
                return AllRows(self._rows, count + 1)
            if self._kept:
                self._kept.keep(offset, page)
        fault = f"{_MOST_PAGES} pages have {len(self._rows)} of the stated {self._total} rows"
        raise _UnfitError(self._fault(fault))

    def _take(self, page: Page) -> None:
        """Add a page, or refuse one that cannot be the next part of the answer."""
        if self._total not in (None, page.total):
            raise _UnfitError(self._total_changed(page.total))
        if page.total == 0 and not page.rows:
            message = f"{self._subject}: no rows, although the series is known."
            raise _UnfitError(EmptySourceError(message))
        self._total = page.total
        so_far = len(self._rows) + len(page.rows)
        if not page.rows or so_far > page.total:
            fault = f"the pages have {so_far} rows and {page.total} are stated"
            raise _UnfitError(self._fault(fault))
        self._require_new(page)
        self._rows += page.rows

    def _require_new(self, page: Page) -> None:
        """Refuse rows of an earlier page: the paging failed. The gate checks copies in a page."""
        keys = {tuple(row[name] for name in self._key) for row in page.rows}
        if repeated := keys & self._seen:
            first = min(str(each[0]) for each in repeated)
            fault = f"a page repeats {len(repeated)} days of an earlier one, {first} among them"
            raise _UnfitError(self._fault(fault))
        self._seen |= keys

    def _total_changed(self, total: int) -> SourceUnavailableError:
        return SourceUnavailableError(
            f"{self._subject}: the total changed from {self._total} to {total} rows while they "
            "were read: the series is being published. Try again in a few minutes."
        )

    def _fault(self, text: str) -> SourceFormatError:
        return SourceFormatError(f"{self._subject}: {text}.")
