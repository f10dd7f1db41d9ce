"""A chart of skill can be read although its lines lie on each other; charts of analyses."""

import numpy as np
import pandas as pd

from wellhead.analytics.seasonality.effects import month_effects
from wellhead.analytics.seasonality.season import this_year
from wellhead.catalogue.lookup import find_instrument
from wellhead.charts.analytics import (
    anomaly_chart,
    correlation_chart,
    month_chart,
    rolling_correlation_chart,
    term_structure_chart,
    volatility_chart,
    year_chart,
)
from wellhead.charts.scores import skill_chart
from wellhead.charts.style import new_figure

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


def test_no_chart_offers_to_upload_itself() -> None:
    assert new_figure("any", "unit").layout.modebar.remove == ("sendChartToCloud",)


WTI = find_instrument("WTI")
DAYS = pd.bdate_range("2010-01-04", "2018-12-28", tz="UTC")
PRICES = pd.Series(60 + np.random.default_rng(0).standard_normal(len(DAYS)).cumsum(), DAYS)


def test_volatility_is_shown_in_percent_from_the_first_forecast_on() -> None:
    forecast, realised = 0.3 + 0 * PRICES.tail(500), 0.2 + 0 * PRICES
    figure = volatility_chart(forecast, realised, WTI)
    assert [len(line.x) for line in figure.data] == [500, 500]
    assert figure.data[1].y[0] == 30
    assert figure.layout.yaxis.title.text == "% a year"
    rows = {"horizon": [1, 63], "volatility": [0.3, 0.4], "model": ["ewma", "har"]}
    structure = term_structure_chart(pd.DataFrame(rows), WTI)
    assert (structure.data[0].x, structure.data[0].y) == (("1", "63"), (30, 40))
    assert structure.data[0].text == ("ewma", "har")


def test_correlations_have_their_intervals() -> None:
    row = {"series": "BRENT", "correlation": 0.6, "low": 0.5, "high": 0.65}
    figure = correlation_chart(pd.DataFrame([row]), WTI)
    (points,) = figure.data
    assert points.error_y.array[0] == np.float64(0.65 - 0.6)
    assert points.error_y.arrayminus[0] == np.float64(0.6 - 0.5)
    newest = {"correlation_63": 0.9, "low_63": 0.8, "high_63": 0.95}
    assert len(correlation_chart(pd.DataFrame([row | newest]), WTI).data) == 2
    rolling = rolling_correlation_chart(pd.DataFrame({"BRENT": 0.5 + 0 * PRICES}), WTI)
    assert rolling.layout.yaxis.range == (-1, 1)


def test_seasons_are_months_with_intervals_and_this_year_beside_five() -> None:
    months = month_chart(month_effects(PRICES), WTI)
    assert months.data[0].x[0] == "Jan"
    assert len(months.data[0].error_y.array) == 12
    year = year_chart(this_year(PRICES), "WTI", "USD/bbl")
    names = [line.name for line in year.data if line.name]
    assert names == ["range of five years", "their mean", "this year"]


def test_unusual_days_are_marks_of_their_verdict_on_the_price() -> None:
    found = pd.DataFrame(
        {
            "series": ["WTI", "WTI", "WTI feed"],
            "day": DAYS[[10, 20, 30]],
            "verdict": ["market event", "data error", "open"],
            "reason": ["one", "two", "three"],
        }
    )
    figure = anomaly_chart(PRICES, found, WTI)
    marks = {mark.name: mark for mark in figure.data[1:]}
    assert marks["data error"].y == (PRICES.iloc[20],)
    assert marks["market event"].text == ("one",)
    assert len(marks["open"].x) == 0
