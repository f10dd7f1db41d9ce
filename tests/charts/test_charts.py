"""A chart of skill can be read although its lines lie on each other."""

import pandas as pd

from wellhead.charts.scores import skill_chart

RATIOS = {"drift": 1.05, "no-change": 1.0, "arima": 0.999, "regression": 0.96, "combination": 0.97}


def test_models_have_a_look_of_their_own_and_the_best_is_on_top_and_named_first() -> None:
    scores = pd.DataFrame(
        [
            {"model": model, "target_kind": "daily", "metric": metric, "horizon": h, "value": ratio}
            for model, ratio in RATIOS.items()
            for metric in ("mspe_ratio", "crps")
            for h in (-1, 1, 63)
        ]
    )
    figure = skill_chart(scores)
    assert [line.name for line in figure.data] == sorted(RATIOS, key=lambda name: -RATIOS[name])
    assert figure.layout.legend.traceorder == "reversed"
    looks = {(line.line.color, line.marker.symbol) for line in figure.data}
    assert len(looks) == len(RATIOS)
    assert all(line.x == ("1", "63") and len(line.y) == 2 for line in figure.data)
    dotted = [line.name for line in figure.data if line.line.dash == "dot"]
    assert dotted == ["no-change"]


def test_the_chart_of_one_model_shows_where_no_change_stands() -> None:
    row = {"model": "arima", "target_kind": "daily", "metric": "mspe_ratio", "value": 0.9}
    figure = skill_chart(pd.DataFrame([{**row, "horizon": h} for h in (1, 5)]))
    assert [line.name for line in figure.data] == ["arima"]
    assert [(line.y0, line.y1, line.line.dash) for line in figure.layout.shapes] == [(1, 1, "dot")]
