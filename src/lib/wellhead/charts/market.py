"""Charts of prices: levels, spreads and the futures curve."""

import pandas as pd
import plotly.graph_objects as go

from wellhead.catalogue.instruments import Instrument
from wellhead.charts.style import LINE, datetimes, new_figure


def price_chart(prices: pd.Series, instrument: Instrument) -> go.Figure:
    """All prices of an instrument, indexed by day."""
    figure = new_figure(f"{instrument.name}: all prices", instrument.unit)
    return figure.add_scatter(
        x=datetimes(prices.index), y=list(prices), line={"color": LINE, "width": 1}, name="price"
    )


def spread_chart(spreads: pd.DataFrame, title: str, unit: str) -> go.Figure:
    """Spreads between prices: one line per column, indexed by day."""
    figure = new_figure(title, unit)
    for name in spreads:
        figure.add_scatter(
            x=datetimes(spreads.index), y=list(spreads[name]), name=str(name), line={"width": 1}
        )
    return figure


def curve_chart(quotes: pd.DataFrame, title: str, unit: str) -> go.Figure:
    """A futures curve: price by month of delivery. `quotes` has delivery, price and code."""
    figure = new_figure(title, unit)
    months = [period.start_time.to_pydatetime() for period in quotes["delivery"]]
    return figure.add_scatter(
        x=months,
        y=list(quotes["price"]),
        text=list(quotes["code"]),
        name="price",
        mode="lines+markers",
        line={"color": LINE},
    )
