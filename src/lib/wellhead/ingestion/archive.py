"""Source `archive`: real prices from the `arch` package, so that a run needs no network.

FRED's daily WTI spot price 1986 to January 2019, EIA's monthly Brent and WTI to January 2020, the
VIX 2014 to 2018 and the S&P 500 1999 to 2018.
"""

import datetime
from importlib import import_module
from importlib.metadata import version

import pandas as pd

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import Frequency
from wellhead.ingestion.base import Source, SourceCard, raw_frame

# (instrument, frequency) -> (data set of `arch.data`, {its column: ours})
_SETS: dict[tuple[str, Frequency], tuple[str, dict[str, str]]] = {
    ("WTI", "daily"): ("wti", {"DCOILWTICO": "value"}),
    ("WTI", "monthly"): ("crude", {"WTI": "value"}),
    ("BRENT", "monthly"): ("crude", {"Brent": "value"}),
    ("VIX", "daily"): ("vix", {"vix": "value"}),
    ("SP500", "daily"): (
        "sp500",
        {"Close": "value", "Open": "open", "High": "high", "Low": "low", "Volume": "volume"},
    ),
}


class Archive(Source):
    """The data sets of `arch.data`."""

    card = SourceCard(
        key="archive",
        title="Real prices shipped with the arch package (FRED, EIA, Cboe, S&P)",
        url="https://arch.readthedocs.io/",
        licence="EIA and FRED series: public domain; shipped under the NCSA licence of arch",
        update="never: daily prices end on 2019-01-03",
        revisions="none: one vintage",
        scheduled=False,
        release_rule={"daily": "weekly-wednesday", "monthly": "after-month-end"},
    )

    def carries(self) -> dict[str, tuple[Frequency, ...]]:
        keys = dict.fromkeys(key for key, _ in _SETS)
        return {key: tuple(f for k, f in _SETS if k == key) for key in keys}

    def fetch(
        self, instrument: Instrument, frequency: Frequency, since: datetime.date | None = None
    ) -> pd.DataFrame:
        name, columns = _SETS[instrument.key, frequency]
        data = import_module(f"arch.data.{name}").load()[list(columns)].rename(columns=columns)
        days = pd.DatetimeIndex(data.index)
        if frequency == "monthly":  # the package stamps a month with its 15th
            days = days.to_period("M").to_timestamp()
        return raw_frame(data.assign(observed_at=days, unit=instrument.unit), since)

    def version(self, instrument: Instrument) -> str:
        return f"arch {version('arch')}"
