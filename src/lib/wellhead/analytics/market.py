"""Levels and changes of a price."""

import pandas as pd

_SPANS = {"1 day": 1, "1 week": 5, "1 month": 21, "3 months": 63, "1 year": 252}


def changes_to_date(prices: pd.Series) -> pd.DataFrame:
    """The change from earlier prices to the last one, indexed by span: price then, change.

    `prices` is indexed by day; spans count observations. In the price's unit, since percentages
    have no meaning where a price can be zero or negative.
    """
    spans = {name: back for name, back in _SPANS.items() if back < len(prices)}
    then = [prices.iloc[-1 - back] for back in spans.values()]
    frame = pd.DataFrame({"price then": then}, index=pd.Index(spans, name="span"))
    return frame.assign(change=prices.iloc[-1] - frame["price then"])


def yearly_ranges(prices: pd.Series, years: int = 10) -> pd.DataFrame:
    """Low, mean and high of each of the last calendar years, in the price's unit."""
    by_year = prices.groupby(pd.DatetimeIndex(prices.index).year).agg(
        ["min", "mean", "max", "count"]
    )
    named = {"min": "low", "max": "high", "count": "days"}
    return by_year.rename(columns=named).rename_axis("year").tail(years)
