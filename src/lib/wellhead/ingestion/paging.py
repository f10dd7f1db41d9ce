"""All rows of an answer that comes in pages, proved complete against the stated total."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from wellhead.errors import (
    EmptySourceError,
    SourceError,
    SourceFormatError,
    SourceUnavailableError,
)
from wellhead.ingestion.answers import brief
from wellhead.ingestion.backfill import KeptPages, Page, Row

_MOST_PAGES = 100


class Held(NamedTuple):
    """A whole answer: as many rows as were stated, and the pages they came in."""

    rows: list[Row]
    pages: int


def read_page(
    body: Row, total_field: str, rows_field: str, row_fields: Sequence[str], subject: str
) -> Page:
    """The page that `body` holds; the total may be a number or a number's text.

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
            "The API has changed, or something else answers in its place."
        )
    return holder[name]


def _require_plain(cell: Any, name: str, subject: str) -> None:
    """A cell is text, a number or nothing; `true` would be read as 1."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float | None):
        raise SourceFormatError(
            f"{subject}: field {name!r} holds {brief(repr(cell))}, neither text nor a number."
        )


def all_rows(
    ask: Callable[[int], Page], key: Sequence[str], subject: str, kept: KeptPages | None = None
) -> Held:
    """Every row, in the source's order: `ask(offset)` until the stated total is held.

    A short page is followed up from where it ended; `kept` pages are not asked for again, as long
    as what follows fits them. `key`: the fields that no two rows share. Raises EmptySourceError
    for a total of zero, SourceUnavailableError if the total changes meanwhile, and
    SourceFormatError if the pages repeat a key, end early or hold more rows than stated: no
    partial answer is returned.
    """
    before = kept.read() if kept else []
    if before:
        try:
            return _Pages(key, subject, kept).follow(ask, before)
        except _UnfitError:  # the source has moved on since then: from the beginning
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
    """Pages that cannot be parts of one answer. Carries the error that says so."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(error)
        self.error = error


class _Pages:
    """The rows held so far."""

    def __init__(self, key: Sequence[str], subject: str, kept: KeptPages | None) -> None:
        self._key, self._subject, self._kept = key, subject, kept
        self._rows: list[Row] = []
        self._seen: set[tuple[Any, ...]] = set()
        self._total: int | None = None

    def follow(self, ask: Callable[[int], Page], before: list[Page]) -> Held:
        """Take the pages of before, then ask for the rest."""
        for page in before:
            self._take(page)
        for count in range(len(before), _MOST_PAGES):
            offset = len(self._rows)
            page = ask(offset)
            self._take(page)
            if len(self._rows) == page.total:
                return Held(self._rows, count + 1)
            if self._kept:
                self._kept.keep(offset, page)
        raise _UnfitError(self._fault(
            f"{_MOST_PAGES} pages hold {len(self._rows)} of the stated {self._total} rows"
        ))  # fmt: skip

    def _take(self, page: Page) -> None:
        """Add a page, or refuse one that cannot be the next part of the answer."""
        if self._total not in (None, page.total):
            raise _UnfitError(SourceUnavailableError(
                f"{self._subject}: the total changed from {self._total} to {page.total} rows while "
                "they were being read: the series is being published. Try again in a few minutes."
            ))  # fmt: skip
        self._total = page.total
        so_far = len(self._rows) + len(page.rows)
        if page.total == 0 and not page.rows:
            raise _UnfitError(EmptySourceError(
                f"{self._subject} came back without rows, though the series is known."
            ))  # fmt: skip
        if not page.rows or so_far > page.total:
            raise _UnfitError(
                self._fault(f"the pages hold {so_far} rows and {page.total} are stated")
            )
        self._require_new(page)
        self._rows += page.rows

    def _require_new(self, page: Page) -> None:
        """Copies within a page are the gate's matter; across pages the paging has failed."""
        keys = {tuple(row[name] for name in self._key) for row in page.rows}
        if repeated := keys & self._seen:
            first = min(str(each[0]) for each in repeated)
            raise _UnfitError(self._fault(
                f"a page repeats {len(repeated)} days of an earlier one, {first} among them"
            ))  # fmt: skip
        self._seen |= keys

    def _fault(self, words: str) -> SourceFormatError:
        return SourceFormatError(f"{self._subject}: {words}.")
