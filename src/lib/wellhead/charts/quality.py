"""The chart of data quality: scores by source and day against the target."""

import pandas as pd
import plotly.graph_objects as go

from wellhead.charts.style import ACCENT, new_figure


def quality_chart(days: pd.DataFrame, target: float) -> go.Figure:
    """Quality scores (source, day, quality_score) by day, one line per source, and the target."""
    figure = new_figure("Quality by source and day", "rows that pass, %")
    for source, part in days.groupby("source"):
        figure.add_scatter(
            x=list(part["day"].dt.strftime("%Y-%m-%d")),
            y=list(100 * part["quality_score"]),
            mode="lines+markers",
            name=str(source),
        )
    figure.add_hline(y=100 * target, line={"color": ACCENT, "dash": "dash"})
    lowest = min(100 * target, 100 * days["quality_score"].min())
    figure.update_yaxes(range=[lowest - 0.5, 100.2])
    order = sorted(days["day"].dt.strftime("%Y-%m-%d").unique())
    figure.update_xaxes(type="category", categoryarray=order, nticks=8)
    return figure.update_layout(height=260)
