"""Pages of an answer, kept until the load is stored, so that a stopped load can go on.

They are files under `var/backfill/SOURCE/`, a folder a request. Only the next attempt at the same
request reads them, so nobody sees half a series.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from wellhead.calendars import now, to_utc
from wellhead.errors import SourceUnavailableError, StorageError
from wellhead.files import replacing
from wellhead.settings import get_settings

Row = dict[str, Any]
STALE_AFTER = pd.Timedelta(days=1)  # by then the source may have published new rows


class Page(NamedTuple):
    """One page: its rows, and how many rows the source says there are in all."""

    total: int
    rows: list[Row]


class KeptPages:
    """The pages of one request. Outside a `resumable` block nothing is kept or read."""

    def __init__(self, source: str, address: str, path: str, params: Mapping[str, str]) -> None:
        self._request = {"path": path, **params}
        text = json.dumps([address, self._request], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:24]
        self._folder = get_settings().var / "backfill" / source / digest
        opened = _OPENED.get()
        self._used = opened is not None
        if opened is not None:
            opened.append(self)

    def read(self) -> list[Page]:
        """The kept pages from the first on, up to a missing or stale one or another total."""
        pages: list[Page] = []
        while self._used and (page := self._read(sum(len(page.rows) for page in pages))):
            if page.total != (pages or [page])[0].total:
                break
            pages.append(page)
        return pages

    def _read(self, offset: int) -> Page | None:
        try:
            kept = json.loads(self._at(offset).read_text(encoding="utf-8"))
            fresh = now() - to_utc(kept["kept_at"]) < STALE_AFTER
            return Page(int(kept["total"]), list(kept["rows"])) if fresh and kept["rows"] else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, offset: int, page: Page) -> None:
        """Keep the page that begins at `offset`."""
        if self._used:
            kept = {"kept_at": str(now()), "request": self._request, **page._asdict()}
            with replacing(self._at(offset)) as path:
                path.write_text(json.dumps(kept), encoding="utf-8")

    def forget(self) -> None:
        """Remove all pages of this request."""
        if self._used:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _at(self, offset: int) -> Path:
        return self._folder / f"{offset}.json"


_OPENED: ContextVar[list[KeptPages] | None] = ContextVar("pages kept by this load", default=None)


@contextmanager
def resumable() -> Iterator[None]:
    """The block of a load, during which pages are kept.

    After the block they remain only if the load was stopped, or if the source or the database
    could not be reached. The pages of a load that was stored or refused are removed.
    """
    opened: list[KeptPages] = []
    token = _OPENED.set(opened)
    try:
        yield
    except (SourceUnavailableError, StorageError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        _forget(opened)
        raise
    else:
        _forget(opened)
    finally:
        _OPENED.reset(token)


def _forget(opened: list[KeptPages]) -> None:
    for pages in opened:
        pages.forget()
