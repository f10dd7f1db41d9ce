"""The key of a stored series, and its frequency."""

from typing import Literal, NamedTuple

Frequency = Literal["daily", "weekly", "monthly"]
"""How often a series has a value; a monthly one is an average."""

FINEST_FIRST: tuple[Frequency, ...] = ("daily", "weekly", "monthly")


class SeriesKey(NamedTuple):
    """One series: instrument, source and frequency.

    The fields are the first columns of the primary key of table `observations`; `_asdict()` returns
    them by name.
    """

    commodity: str
    """Key of the instrument in the catalogue."""
    source: str
    """Key of the source."""
    frequency: Frequency = "daily"

    def __str__(self) -> str:
        """The label of the series in messages, tables and pages."""
        return f"{self.commodity} ({self.frequency}) from {self.source}"
