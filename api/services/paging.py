"""Pages: a limit, and a cursor that says after which row the next page begins."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query

from api.problems import bad_request
from wellhead.database.query_frames import Row

_LONGEST_CURSOR = 400


@dataclass(frozen=True)
class Page:
    """Which rows are asked for: at most `limit`, after the row that the cursor names."""

    limit: int
    cursor: str | None

    def key(self, *types: type) -> tuple[object, ...] | None:
        """The key of the row before the page, its parts of these types; None for the first page.

        Raises Problem 422 for a cursor that did not come from a page before.
        """
        return None if self.cursor is None else _read(self.cursor, types)

    def cursor_after(self, rows: Sequence[Row], key: Sequence[str]) -> str | None:
        """The cursor of the page after these rows; None if they are the last."""
        if len(rows) < self.limit:
            return None
        return cursor_at(*(rows[-1]._mapping[name] for name in key))


def cursor_at(*key: str | datetime) -> str:
    """The cursor of the page that follows the row with this key."""
    parts = [each.isoformat() if isinstance(each, datetime) else each for each in key]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


async def _page(
    limit: Annotated[int, Query(ge=1, le=10_000, description="Most rows of a page.")] = 1000,
    cursor: Annotated[
        str | None,
        Query(max_length=_LONGEST_CURSOR, description="`next` of the page before; else none."),
    ] = None,
) -> Page:
    return Page(limit, cursor)


PageOfRows = Annotated[Page, Depends(_page)]

_READERS: dict[type, Callable[[str], object]] = {str: str, datetime: datetime.fromisoformat}


def _read(cursor: str, types: Sequence[type]) -> tuple[object, ...]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        key = tuple(_READERS[kind](part) for kind, part in zip(types, parts, strict=True))
        if all(not isinstance(part, datetime) or part.tzinfo for part in key):
            return key
    except (ValueError, TypeError, RecursionError):
        pass
    raise bad_request("cursor: send `next` of the page before, as it came.")
