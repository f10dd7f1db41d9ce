"""The common style of all charts: colours, fonts, margins, and days for Plotly."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

INK, LINE, BAND, ACCENT, PALE = "#1f2a37", "#0b7285", "11, 114, 133", "#d9480f", "#adb5bd"
_LAYOUT = {
    "template": "plotly_white",
    "font": {"family": "system-ui, sans-serif", "color": INK, "size": 13},
    "margin": {"l": 60, "r": 20, "t": 50, "b": 40},
    "hovermode": "x unified",
    "legend": {"orientation": "h", "y": -0.15},
    "height": 420,
    "modebar": {"remove": ["sendChartToCloud"]},  # plotly's button uploads the chart to its cloud
}


def datetimes(index: Any) -> list[Any]:
    """Days as Python datetimes; Plotly would turn a DatetimeIndex into nanoseconds."""
    return list(pd.DatetimeIndex(index).to_pydatetime())


def new_figure(title: str, y_title: str) -> go.Figure:
    """An empty figure in the common style; `y_title` names the unit."""
    return go.Figure(layout={**_LAYOUT, "title": title, "yaxis": {"title": y_title}})
