"""Which series a batch belongs to, and which of its days are stored."""

from dataclasses import dataclass, field

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import Frequency, SeriesKey


@dataclass(frozen=True)
class LoadedSeries:
    """The series of a batch. `release_rule` is a key of `catalogue.release_rules`."""

    instrument: Instrument
    source: str
    frequency: Frequency
    release_rule: str

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(self.instrument.key, self.source, self.frequency)


def no_days() -> pd.DataFrame:
    """Stored days where there are none: columns observed_at and value."""
    days = pd.DatetimeIndex([], tz="UTC")
    return pd.DataFrame({"observed_at": days, "value": pd.Series(dtype=float)})


@dataclass(frozen=True)
class StoredDays:
    """The stored days of a series around a batch; columns observed_at and value, newest vintage.

    `before`: days before the first day that the source was asked for, as far back as the rules
    look. `within`: days from that day on.
    """

    before: pd.DataFrame = field(default_factory=no_days)
    within: pd.DataFrame = field(default_factory=no_days)

    def withdrawn(self, rows: pd.DataFrame) -> pd.Series:
        """The stored days within the window that parsed rows of the source lack."""
        return self.within["observed_at"][~self.within["observed_at"].isin(rows["observed_at"])]
