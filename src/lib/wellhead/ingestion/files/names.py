"""The names of a header's columns, also where the header has several rows."""

from pathlib import Path

from wellhead.errors import SourceFormatError
from wellhead.ingestion.files.rows import Row

DATES = ("date", "observation_date", "datetime", "timestamp", "trade date", "trade_date")
"""What the column of dates is called, in lower case."""
_ABOVE = ("price", "ticker", "attributes", "")  # first cells of yfinance's header

Names = tuple[str, ...]


def written(row: Row) -> Names:
    """The cells of a row as names; Stooq's are between < and >."""
    return tuple(str(cell or "").strip().strip("<>") for cell in row.cells)


def names_ending_at(rows: list[Row], place: int, path: Path) -> Names:
    """The names of the columns if the header ends at `place`: of yfinance's, those with Close.

    Raises SourceFormatError if yfinance's header is of several tickers.
    """
    own = written(rows[place])
    above = [written(row) for row in rows[max(0, place - 2) : place]]
    priced = [names for names in above if "close" in map(str.lower, names)]
    is_block = own[0].lower() in DATES and all(names[0].lower() in _ABOVE for names in above)
    if not (is_block and priced):
        return own
    codes = {name for names in (*above, own) if names != priced[0] for name in names[1:] if name}
    if len(codes) > 1:
        raise SourceFormatError(
            f"{path} holds several series: {', '.join(sorted(codes))}. Save one of them a file."
        )
    return (own[0], *priced[0][1:])


def place_of(wanted: Names, names: Names) -> int | None:
    """The place of the first of the wanted names that is there, in any case."""
    lower = [name.lower() for name in names]
    found = [lower.index(name.strip().lower()) for name in wanted if name.strip().lower() in lower]
    return found[0] if found else None


def columns_of(rows: list[Row]) -> Names:
    """What the header would be: the names in the first row with two cells, else in the first."""
    first = next((row for row in rows if row.width > 1), rows[0])
    return tuple(name for name in written(first) if name)


def require_once(names: Names, path: Path) -> None:
    """Raises SourceFormatError for a name that two columns have."""
    lower = [name.lower() for name in names if name]
    if twice := [name for name in dict.fromkeys(lower) if lower.count(name) > 1]:
        raise SourceFormatError(f"{path} has a column twice: {', '.join(twice)}.")
