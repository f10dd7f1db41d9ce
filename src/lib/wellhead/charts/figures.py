"""The charts, each a function from frames to a Plotly figure; notebooks, pages and MLflow share
them. Times are handed to Plotly as Python datetimes: it turns a DatetimeIndex into nanoseconds.
"""

from itertools import cycle
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.colors import qualitative

from wellhead.catalogue.lookup import Instrument
from wellhead.tables import BENCHMARK

_INK, _LINE, _BAND, _ACCENT = "#1f2a37", "#0b7285", "11, 114, 133", "#d9480f"
_COLOURS = qualitative.T10
_MARKS = ("circle", "square", "diamond", "triangle-up", "x", "star", "triangle-down")
_BENCHMARK_LINE = {"color": _INK, "dash": "dot", "width": 1}
_LAYOUT = {
    "template": "plotly_white",
    "font": {"family": "system-ui, sans-serif", "color": _INK, "size": 13},
    "margin": {"l": 60, "r": 20, "t": 50, "b": 40},
    "hovermode": "x unified",
    "legend": {"orientation": "h", "y": -0.15},
    "height": 420,
}


def _days(index: Any) -> list[Any]:
    return list(pd.DatetimeIndex(index).to_pydatetime())


def _figure(title: str, y_title: str) -> go.Figure:
    return go.Figure(layout={**_LAYOUT, "title": title, "yaxis": {"title": y_title}})


def _fan(forecast: pd.DataFrame) -> list[go.Scatter]:
    """The bands, widest first, and the median. `forecast` has target_at and the statistics."""
    days = _days(forecast["target_at"])
    traces = []
    for low, high, opacity, name in (
        ("q0.025", "q0.975", 0.12, "95 % band"),
        ("q0.1", "q0.9", 0.18, "80 % band"),
        ("q0.25", "q0.75", 0.28, "50 % band"),
    ):
        traces.append(
            go.Scatter(
                x=days + days[::-1],
                y=[*forecast[high], *forecast[low][::-1]],
                fill="toself",
                fillcolor=f"rgba({_BAND}, {opacity})",
                line={"width": 0},
                hoverinfo="skip",
                name=name,
            )
        )
    mean = go.Scatter(x=days, y=list(forecast["mean"]), line={"color": _ACCENT}, name="mean")
    return [*traces, mean]


def fan_chart(
    prices: pd.DataFrame, forecast: pd.DataFrame, instrument: Instrument, shown: int = 252
) -> go.Figure:
    """The last `shown` prices (observed_at, value) and one model's forecast with its bands."""
    recent = prices.tail(shown)
    last = pd.Timestamp(recent["observed_at"].iloc[-1])
    figure = _figure(f"{instrument.name}: prices to {last:%d %B %Y} and forecast", instrument.unit)
    history = go.Scatter(
        x=_days(recent["observed_at"]), y=list(recent["value"]), line={"color": _LINE}, name="price"
    )
    return figure.add_traces([history, *_fan(forecast)])


def price_chart(prices: pd.Series, instrument: Instrument) -> go.Figure:
    """All prices of an instrument, indexed by day."""
    figure = _figure(f"{instrument.name}: all prices", instrument.unit)
    return figure.add_scatter(
        x=_days(prices.index), y=list(prices), line={"color": _LINE, "width": 1}, name="price"
    )


def volatility_chart(realised: pd.Series, conditional: pd.Series, instrument: Instrument) -> Any:
    """Realised and GARCH volatility, annualised."""
    figure = _figure(f"{instrument.name}: volatility, annualised", "share of the price level")
    for series, colour, name in (
        (realised, _LINE, "realised, 21 days"),
        (conditional, _ACCENT, "GARCH(1,1)-t"),
    ):
        figure.add_scatter(
            x=_days(series.index), y=list(series), name=name, line={"color": colour, "width": 1}
        )
    return figure


def seasonal_chart(pattern: pd.Series, instrument: Instrument) -> go.Figure:
    """Mean deviation of each calendar month from its year."""
    months = [f"{pd.Timestamp(2001, month, 1):%b}" for month in pattern.index]
    figure = _figure(f"{instrument.name}: months against their year", instrument.unit)
    return figure.add_bar(x=months, y=list(pattern), marker={"color": _LINE})


def spread_chart(spreads: pd.DataFrame, title: str, unit: str) -> go.Figure:
    """Differences between prices, a line a column, indexed by day."""
    figure = _figure(title, unit)
    for name in spreads:
        figure.add_scatter(
            x=_days(spreads.index), y=list(spreads[name]), name=str(name), line={"width": 1}
        )
    return figure


def curve_chart(quotes: pd.DataFrame, title: str, unit: str) -> go.Figure:
    """A futures curve: price by month of delivery. `quotes` has delivery, price and code."""
    figure = _figure(title, unit)
    months = [period.start_time.to_pydatetime() for period in quotes["delivery"]]
    return figure.add_scatter(
        x=months, y=list(quotes["price"]), text=list(quotes["code"]), name="price",
        mode="lines+markers", line={"color": _LINE},
    )  # fmt: skip


def backtest_chart(backtest: pd.DataFrame, instrument: Instrument, horizon: int = 21) -> go.Figure:
    """What a model said `horizon` steps ahead of one target, with its 80 % band, and what came."""
    at = backtest[backtest["horizon"] == horizon]
    model = at["model"].iloc[0]
    step = "months" if at["target_kind"].iloc[0] == "monthly" else "sessions"
    figure = _figure(f"{instrument.name}: {model}, {horizon} {step} ahead", instrument.unit)
    days = _days(at["target_at"])
    band = go.Scatter(
        x=days + days[::-1],
        y=[*at["q0.9"], *at["q0.1"][::-1]],
        fill="toself",
        fillcolor=f"rgba({_BAND}, 0.18)",
        line={"width": 0},
        hoverinfo="skip",
        name="80 % band",
    )
    said = go.Scatter(x=days, y=list(at["mean"]), line={"color": _ACCENT, "width": 1}, name="mean")
    came = go.Scatter(x=days, y=list(at["actual"]), line={"color": _LINE, "width": 1}, name="came")
    return figure.add_traces([band, said, came])


def skill_chart(scores: pd.DataFrame) -> go.Figure:
    """MSPE ratio to no-change by horizon, a line a model; below 1 is better than no-change.

    `scores` are of one target. Every model has a colour and a mark of its own, for lines lie on
    each other; the best, by their mean, are on top and first in the legend.
    """
    figure = _figure("Squared error against no-change", "MSPE ratio (below 1 is better)")
    ratios = scores[(scores["metric"] == "mspe_ratio") & (scores["horizon"] > 0)]
    step = "months" if "monthly" in set(scores["target_kind"]) else "sessions"
    wide = ratios.pivot(index="horizon", columns="model", values="value")
    names = sorted(set(ratios["model"]) - {BENCHMARK})
    looks = {
        name: {"mode": "lines+markers", "line_color": colour, "marker": {"symbol": mark, "size": 8}}
        for name, colour, mark in zip(names, cycle(_COLOURS), cycle(_MARKS), strict=False)
    }
    looks[BENCHMARK] = {"mode": "lines", "line": _BENCHMARK_LINE}
    ahead = wide.index.astype(str).to_list()
    for model in wide.mean().sort_values(ascending=False).index:
        figure.add_scatter(x=ahead, y=wide[model].to_list(), name=model, **looks[model])
    figure.update_xaxes(title=f"{step} ahead", type="category")
    figure.update_layout(legend={"y": -0.25, "traceorder": "reversed"})  # below the axis's title
    return figure.add_hline(y=1, line=_BENCHMARK_LINE)  # also where no-change is not among them


def quality_chart(days: pd.DataFrame, target: float) -> go.Figure:
    """Quality scores (source, day, quality_score) by day, a line a source, and the target."""
    figure = _figure("Quality by source and day", "rows that pass, %")
    for source, part in days.groupby("source"):
        figure.add_scatter(
            x=list(part["day"].dt.strftime("%Y-%m-%d")),
            y=list(100 * part["quality_score"]),
            mode="lines+markers",
            name=str(source),
        )
    figure.add_hline(y=100 * target, line={"color": _ACCENT, "dash": "dash"})
    lowest = min(100 * target, 100 * days["quality_score"].min())
    figure.update_yaxes(range=[lowest - 0.5, 100.2])
    order = sorted(days["day"].dt.strftime("%Y-%m-%d").unique())
    figure.update_xaxes(type="category", categoryarray=order, nticks=8)
    return figure.update_layout(height=260)
