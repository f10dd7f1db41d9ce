"""Unusual volumes, and days on which a feed had no price."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from wellhead.analytics.anomalies.detect import Anomaly, as_frame, is_too_long, severity_of
from wellhead.analytics.anomalies.moves import RECENT, TO_DEVIATION

_UNUSUAL = 6.0
"""Usual deviations of the logarithm from which a volume is unusual: volumes have wide tails."""


def unusual_volumes(volumes: pd.Series, name: str = "the volume") -> pd.DataFrame:
    """One row an unusual day: the fields of `Anomaly`, with kind 'volume'.

    `volumes`: traded a day. A volume is compared with the median of the 63 sessions before, in 1.48
    median absolute deviations of their logarithms. Days with no volume count as 1 traded.
    """
    logs = np.log(volumes.dropna().clip(lower=1))
    before = logs.shift(1).rolling(RECENT)
    usual = before.median()
    spread = TO_DEVIATION * (logs - usual).abs().shift(1).rolling(RECENT).median()
    sizes = (logs - usual) / spread.where(spread > 0)
    return as_frame(_volumes(sizes, np.exp(logs), np.exp(usual), name))


def _volumes(
    sizes: pd.Series, volumes: pd.Series, usual: pd.Series, name: str
) -> Iterator[Anomaly]:
    for place in np.flatnonzero(sizes.abs().to_numpy() >= _UNUSUAL).tolist():
        size, volume = float(sizes.iloc[place]), float(volumes.iloc[place])
        times = volume / float(usual.iloc[place])
        reason = (
            f"{name} is {volume:,.0f}: {times:.2g} times the median of the {RECENT} sessions "
            f"before, {abs(size):.1f} usual deviations."
        )
        yield Anomaly(sizes.index[place], "volume", severity_of(size), size, reason)


def missing_days(
    days: pd.DatetimeIndex, sessions: pd.DatetimeIndex, name: str = "the price"
) -> pd.DataFrame:
    """One row a run of sessions without a price that is unusually long, with kind 'gap'.

    `days`: those with a price; `sessions`: those of the calendar. `size`: sessions without a price
    until the day of the row, from which on the run was too long for how often a session has none.
    """
    within = sessions[(sessions >= days[0]) & (sessions <= days[-1])]
    missing = pd.Series(~within.isin(days), within)
    share, run, begins = is_too_long(missing)
    found = []
    for place in np.flatnonzero(begins.to_numpy()).tolist():
        count = int(run.iloc[place])
        reason = (
            f"{name} has no value on {count} sessions in a row; it has none on "
            f"{100 * share.iloc[place]:.1f} % of sessions."
        )
        found.append(Anomaly(within[place], "gap", "notable", float(count), reason))
    return as_frame(found)
