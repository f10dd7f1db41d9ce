"""Charts of analyses: volatility, correlation, seasons, unusual days."""

from calendar import month_abbr

import pandas as pd
import plotly.graph_objects as go

from wellhead.catalogue.instruments import Instrument
from wellhead.charts.style import ACCENT, BAND, INK, LINE, PALE, datetimes, new_figure

_VERDICTS = {"market event": LINE, "data error": ACCENT, "open": INK}


def volatility_chart(
    forecast: "pd.Series[float]", realised: "pd.Series[float]", instrument: Instrument
) -> go.Figure:
    """The volatility forecast for a month from each day, and that of the month before it."""
    figure = new_figure(f"{instrument.name}: volatility", "% a year")
    since = realised[realised.index >= forecast.index[0]]
    for series, colour, name in (
        (since, PALE, "realised in the 21 sessions before"),
        (forecast, LINE, "forecast for the next 22 sessions"),
    ):
        figure.add_scatter(
            x=datetimes(series.index),
            y=list(100 * series),
            name=name,
            line={"color": colour, "width": 1},
        )
    return figure


def term_structure_chart(forecasts: pd.DataFrame, instrument: Instrument) -> go.Figure:
    """The volatility forecast by horizon: the rows of a report's `forecasts`."""
    figure = new_figure(f"{instrument.name}: volatility forecast by horizon", "% a year")
    figure.add_scatter(
        x=[str(horizon) for horizon in forecasts["horizon"]],
        y=list(100 * forecasts["volatility"]),
        text=list(forecasts["model"]),
        mode="lines+markers",
        name="forecast",
        line={"color": LINE},
    )
    figure.update_yaxes(rangemode="tozero")
    return figure.update_xaxes(title="sessions ahead", type="category")


def correlation_chart(pairs: pd.DataFrame, instrument: Instrument) -> go.Figure:
    """The rank correlation with each series, of all days and of the newest 63, with intervals."""
    figure = new_figure(f"{instrument.name}: rank correlation of daily changes", "correlation")
    for ending, colour, name in (("", LINE, "all common days"), ("_63", ACCENT, "newest 63 days")):
        if f"correlation{ending}" not in pairs:
            continue
        middle = pairs[f"correlation{ending}"]
        figure.add_scatter(
            x=list(pairs["series"]),
            y=list(middle),
            error_y={
                "array": list(pairs[f"high{ending}"] - middle),
                "arrayminus": list(middle - pairs[f"low{ending}"]),
            },
            mode="markers",
            name=name,
            marker={"color": colour, "size": 8},
        )
    return figure.add_hline(y=0, line={"color": INK, "width": 1})


def rolling_correlation_chart(rolling: pd.DataFrame, instrument: Instrument) -> go.Figure:
    """The correlation over the 252 common days until each day: a line a series."""
    figure = new_figure(f"{instrument.name}: rank correlation over 252 days", "correlation")
    for name in rolling:
        known = rolling[name].dropna()
        figure.add_scatter(
            x=datetimes(known.index), y=list(known), name=str(name), line={"width": 1}
        )
    return figure.update_yaxes(range=[-1, 1])


def month_chart(months: pd.DataFrame, instrument: Instrument) -> go.Figure:
    """The level of each month in percent of its year's mean, with its 95 % interval."""
    figure = new_figure(f"{instrument.name}: months against their year", "% of the year's mean")
    return figure.add_bar(
        x=[month_abbr[month] for month in months.index],
        y=list(months["effect"]),
        error_y={
            "array": list(months["high"] - months["effect"]),
            "arrayminus": list(months["effect"] - months["low"]),
        },
        marker={"color": LINE},
    )


def year_chart(weeks: pd.DataFrame, title: str, unit: str) -> go.Figure:
    """The running year by week, beside the range and mean of the five years before."""
    figure = new_figure(f"{title}: this year beside the last five", unit)
    week, band = list(weeks.index), f"rgba({BAND}, 0.2)"
    figure.add_scatter(x=week, y=list(weeks["high"]), line={"width": 0}, showlegend=False)
    figure.add_scatter(
        x=week,
        y=list(weeks["low"]),
        line={"width": 0},
        fill="tonexty",
        fillcolor=band,
        name="range of five years",
    )
    figure.add_scatter(x=week, y=list(weeks["mean"]), name="their mean", line={"color": LINE})
    newest = weeks["newest"].dropna()
    figure.add_scatter(
        x=list(newest.index), y=list(newest), name="this year", line={"color": ACCENT, "width": 2}
    )
    return figure.update_xaxes(title="week of the year")


def anomaly_chart(
    prices: "pd.Series[float]", found: pd.DataFrame, instrument: Instrument
) -> go.Figure:
    """Prices, and the unusual days among them by verdict; the reason is shown on hovering."""
    figure = new_figure(f"{instrument.name}: unusual days", instrument.unit)
    figure.add_scatter(
        x=datetimes(prices.index),
        y=list(prices),
        name="price",
        line={"color": PALE, "width": 1},
    )
    own = found[found["day"].isin(prices.index) & (found["series"] == instrument.key)]
    for verdict, colour in _VERDICTS.items():
        rows = own[own["verdict"] == verdict]
        figure.add_scatter(
            x=datetimes(rows["day"]),
            y=list(prices.reindex(pd.DatetimeIndex(rows["day"]))),
            text=list(rows["reason"]),
            mode="markers",
            name=verdict,
            marker={"color": colour, "size": 7},
        )
    return figure.update_layout(hovermode="closest")
