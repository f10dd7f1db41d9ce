"""What a stored series is named by, and how often it has a value."""

from typing import Literal, NamedTuple

Frequency = Literal["daily", "weekly", "monthly"]
"""How often a series has a value; a monthly one is an average."""

FINEST_FIRST: tuple[Frequency, ...] = ("daily", "weekly", "monthly")


class SeriesKey(NamedTuple):
    """One series: what it is of, who supplied it, how often it has a value.

    The fields are the first columns of the primary key of table `observations`; `_asdict()` gives
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
