"""All about the season of one price."""

from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from wellhead.analytics.seasonality.effects import month_effects, weekday_effects
from wellhead.analytics.seasonality.season import Season, season, this_year
from wellhead.analytics.seasonality.storage import StorageSeason, storage_season
from wellhead.errors import NotEnoughHistoryError
from wellhead.features.changes import signed_return


@dataclass(frozen=True)
class SeasonalityReport:
    """The season of a price until its last day, `day`.

    `months`: those of `month_effects`. `weekdays`: those of `weekday_effects`; empty under five
    years of sessions. `weeks`: those of `this_year`; empty where one of the five years before is
    missing. `storage`: of the stocks of the commodity, where there are any.
    """

    first: pd.Timestamp
    day: pd.Timestamp
    season: Season
    months: pd.DataFrame
    weekdays: pd.DataFrame
    weeks: pd.DataFrame
    storage: StorageSeason | None


def seasonality_report(prices: pd.Series, stocks: pd.Series | None = None) -> SeasonalityReport:
    """The report on daily signed prices, and weekly `stocks` of the same commodity.

    Raises NotEnoughHistoryError under five complete years.
    """
    known = prices.dropna()
    weekdays, weeks, storage = pd.DataFrame(), pd.DataFrame(), None
    with suppress(NotEnoughHistoryError):
        weekdays = weekday_effects(signed_return(known))
    with suppress(NotEnoughHistoryError):
        weeks = this_year(known)
    with suppress(NotEnoughHistoryError):
        storage = None if stocks is None or stocks.empty else storage_season(stocks)
    return SeasonalityReport(
        first=known.index[0],
        day=known.index[-1],
        season=season(known),
        months=month_effects(known),
        weekdays=weekdays,
        weeks=weeks,
        storage=storage,
    )
