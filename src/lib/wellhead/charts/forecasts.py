"""Charts of forecasts: the fan chart of one model, and a backtest against actual prices."""

import pandas as pd
import plotly.graph_objects as go

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.targets import Target
from wellhead.charts.style import ACCENT, BAND, LINE, datetimes, new_figure

_A_MONTH = 21  # sessions


def _fan(forecast: pd.DataFrame) -> list[go.Scatter]:
    """The bands, widest first, and the mean. `forecast` has target_at and the STATISTICS."""
    when = datetimes(forecast["target_at"])
    traces = []
    for low, high, opacity, name in (
        ("q0.025", "q0.975", 0.12, "95 % band"),
        ("q0.1", "q0.9", 0.18, "80 % band"),
        ("q0.25", "q0.75", 0.28, "50 % band"),
    ):
        traces.append(
            go.Scatter(
                x=when + when[::-1],
                y=[*forecast[high], *forecast[low][::-1]],
                fill="toself",
                fillcolor=f"rgba({BAND}, {opacity})",
                line={"width": 0},
                hoverinfo="skip",
                name=name,
            )
        )
    mean = go.Scatter(x=when, y=list(forecast["mean"]), line={"color": ACCENT}, name="mean")
    return [*traces, mean]


def fan_chart(
    prices: pd.DataFrame, forecast: pd.DataFrame, instrument: Instrument, shown: int = 252
) -> go.Figure:
    """The last `shown` prices (observed_at, value) and one model's forecast with its bands."""
    recent = prices.tail(shown)
    last = pd.Timestamp(recent["observed_at"].iloc[-1])
    figure = new_figure(
        f"{instrument.name}: prices to {last:%d %B %Y} and forecast", instrument.unit
    )
    history = go.Scatter(
        x=datetimes(recent["observed_at"]),
        y=list(recent["value"]),
        line={"color": LINE},
        name="price",
    )
    return figure.add_traces([history, *_fan(forecast)])


def backtest_chart(backtest: pd.DataFrame, instrument: Instrument) -> go.Figure:
    """Forecasts of one model with their 80 % band, and the actual prices.

    Of several targets the first is drawn: a month of sessions ahead, or the backtest's longest
    horizon if that is shorter.
    """
    of_target = backtest[backtest["target_kind"] == backtest["target_kind"].iloc[0]]
    horizon = of_target.loc[of_target["horizon"] <= _A_MONTH, "horizon"].max()
    rows = of_target[of_target["horizon"] == horizon]
    model = rows["model"].iloc[0]
    step = f"{Target(rows['target_kind'].iloc[0]).step}s"
    figure = new_figure(f"{instrument.name}: {model}, {horizon} {step} ahead", instrument.unit)
    when = datetimes(rows["target_at"])
    band = go.Scatter(
        x=when + when[::-1],
        y=[*rows["q0.9"], *rows["q0.1"][::-1]],
        fill="toself",
        fillcolor=f"rgba({BAND}, 0.18)",
        line={"width": 0},
        hoverinfo="skip",
        name="80 % band",
    )
    mean = go.Scatter(x=when, y=list(rows["mean"]), line={"color": ACCENT, "width": 1}, name="mean")
    actual = go.Scatter(
        x=when, y=list(rows["actual"]), line={"color": LINE, "width": 1}, name="actual"
    )
    return figure.add_traces([band, mean, actual])
