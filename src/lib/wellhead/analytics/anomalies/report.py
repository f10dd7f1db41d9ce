"""All unusual days of one price, and of its spreads, its volume and its feed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from wellhead.analytics.anomalies.activity import missing_days, unusual_volumes
from wellhead.analytics.anomalies.detect import Anomaly, anomalies
from wellhead.analytics.anomalies.judge import OPEN, Verdict, judged
from wellhead.errors import NotEnoughHistoryError

FEWEST = 60
"""Prices from which a day can be unusual: the usual move is that of 40 days at least."""
COLUMNS = ("series", *Anomaly._fields, *Verdict._fields)


@dataclass(frozen=True)
class Witnesses:
    """What tells an event of the market from an error of the data; each a column a series, by day.

    `sources`: the same price from others. `sisters`: prices that usually move with it.
    """

    sources: pd.DataFrame = field(default_factory=pd.DataFrame)
    sisters: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class AnomalyReport:
    """The unusual days of a price until its last day, `day`.

    `found`: a row an unusual day, in time order: series, the fields of `Anomaly`, and those of
    `Verdict`, which is open for all but the price: a spread that comes back is no wrong datum.
    `prices`: how many were looked at. `a_calm_year`: unusual days of the price in the median year.
    """

    day: pd.Timestamp
    prices: int
    a_calm_year: float
    found: pd.DataFrame

    def since(self, day: pd.Timestamp) -> pd.DataFrame:
        """The unusual days after `day`."""
        return self.found[self.found["day"] > day]


def anomaly_report(
    prices: pd.Series,
    key: str,
    sessions: pd.DatetimeIndex,
    *,
    witnesses: Witnesses | None = None,
    spreads: Mapping[str, pd.Series] | None = None,
    volumes: pd.Series | None = None,
) -> AnomalyReport:
    """The report on daily signed prices of `key`, whose market is open on `sessions`.

    Raises NotEnoughHistoryError with fewer than 60 prices.
    """
    known, beside = prices.dropna(), witnesses or Witnesses()
    if len(known) < FEWEST:
        raise NotEnoughHistoryError(
            f"unusual days are found among {FEWEST} prices at least, and there are {len(known)}: "
            "load more history."
        )
    of_price = judged(anomalies(known, key), known, sources=beside.sources, sisters=beside.sisters)
    parts = {key: of_price}
    for name, spread in (spreads or {}).items():
        parts[name] = anomalies(spread, name, as_written=False)
    parts[f"{key} feed"] = missing_days(pd.DatetimeIndex(known.index), sessions, key)
    if volumes is not None and volumes.notna().any():
        parts[f"{key} volume"] = unusual_volumes(volumes, f"the volume of {key}")
    return AnomalyReport(
        day=known.index[-1],
        prices=len(known),
        a_calm_year=_a_calm_year(known, of_price),
        found=_together(parts),
    )


def _together(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    frames = [part.assign(series=name) for name, part in parts.items()]
    together = pd.concat(frames, ignore_index=True).reindex(columns=list(COLUMNS))
    together = together.fillna({"verdict": OPEN, "because": ""})
    return together.sort_values(["day", "series"], kind="stable").reset_index(drop=True)


def _a_calm_year(prices: pd.Series, found: pd.DataFrame) -> float:
    years = pd.DatetimeIndex(prices.index).year.unique()
    alarms = pd.DatetimeIndex(found["day"]).year.value_counts().reindex(years, fill_value=0)
    return float(np.median(alarms))
