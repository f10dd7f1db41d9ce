"""The season of a stored commodity: how much lies in storage, for the time of the year."""

from dataclasses import dataclass

import pandas as pd

from wellhead.analytics.seasonality.season import this_year


@dataclass(frozen=True)
class StorageSeason:
    """What lies in storage on `day`, beside the same week of the five years before.

    `stock`, `low`, `mean`, `high`: in the unit of the stocks. `change`: since the week before.
    `usual_change`: the mean change in the same week of those years. `weeks`: those of `this_year`.
    """

    day: pd.Timestamp
    stock: float
    low: float
    mean: float
    high: float
    change: float
    usual_change: float
    weeks: pd.DataFrame

    @property
    def surplus(self) -> float:
        """The distance from the mean of the five years, in percent of it; negative: a deficit."""
        return 100 * (self.stock / self.mean - 1)


def storage_season(stocks: pd.Series) -> StorageSeason:
    """Of weekly stocks. Raises NotEnoughHistoryError where one of the five years is missing."""
    known = stocks.dropna()
    weeks = this_year(known)
    now = weeks[weeks["newest"].notna()].iloc[-1]
    return StorageSeason(
        day=known.index[-1],
        stock=float(known.iloc[-1]),
        low=float(now["low"]),
        mean=float(now["mean"]),
        high=float(now["high"]),
        change=float(known.diff().iloc[-1]),
        usual_change=_usual_change(known),
        weeks=weeks,
    )


def _usual_change(stocks: pd.Series) -> float:
    """The mean change to within a week of the same day in the five years before."""
    days, changes = pd.DatetimeIndex(stocks.index), stocks.diff()
    near = pd.Timedelta(days=3)
    middles = [days[-1] - pd.DateOffset(years=back) for back in range(1, 6)]
    same = [changes[(days >= day - near) & (days <= day + near)] for day in middles]
    return float(pd.concat(same).mean())
