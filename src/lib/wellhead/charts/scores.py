"""The chart of a leaderboard: error against no-change by horizon."""

from itertools import cycle

import pandas as pd
import plotly.graph_objects as go
from plotly.colors import qualitative

from wellhead.catalogue.targets import Target
from wellhead.charts.style import INK, new_figure
from wellhead.tables import BENCHMARK

_COLOURS = qualitative.T10
_MARKS = ("circle", "square", "diamond", "triangle-up", "x", "star", "triangle-down")
_BENCHMARK_LINE = {"color": INK, "dash": "dot", "width": 1}


def skill_chart(scores: pd.DataFrame) -> go.Figure:
    """MSPE ratio to no-change by horizon, one line per model; below 1 is better than no-change.

    Of several targets in `scores` the first is drawn. Every model has its own colour and mark,
    since lines overlap; the best by mean ratio are on top and first in the legend.
    """
    figure = new_figure("Squared error against no-change", "MSPE ratio (below 1 is better)")
    target = scores["target_kind"].iloc[0]
    own = scores[(scores["target_kind"] == target) & (scores["horizon"] > 0)]
    ratios, step = own[own["metric"] == "mspe_ratio"], f"{Target(target).step}s"
    wide = ratios.pivot(index="horizon", columns="model", values="value")
    names = sorted(set(ratios["model"]) - {BENCHMARK})
    looks = {
        name: {"mode": "lines+markers", "line_color": colour, "marker": {"symbol": mark, "size": 8}}
        for name, colour, mark in zip(names, cycle(_COLOURS), cycle(_MARKS), strict=False)
    }
    looks[BENCHMARK] = {"mode": "lines", "line": _BENCHMARK_LINE}
    horizons = wide.index.astype(str).to_list()
    for model in wide.mean().sort_values(ascending=False).index:
        figure.add_scatter(x=horizons, y=wide[model].to_list(), name=model, **looks[model])
    figure.update_xaxes(title=f"{step} ahead", type="category")
    figure.update_layout(
        legend={"y": -0.25, "traceorder": "reversed"}
    )  # below the title of the axis
    return figure.add_hline(y=1, line=_BENCHMARK_LINE)  # even if no-change is not among the models
