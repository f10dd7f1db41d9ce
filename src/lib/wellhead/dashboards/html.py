"""The texts and tables of the dashboards, as HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import pandas as pd

from wellhead.calendars import STALE_AFTER_DAYS
from wellhead.catalogue.targets import Target
from wellhead.workflows.forecasting.serving import ServedForecast


@dataclass(frozen=True)
class _Look:
    """How the page shows a target: its unit, the form of its dates, the tiles of two horizons, and
    the horizons of the short table. A dashboard has room for more of them than the site."""

    unit: str
    date_format: str
    tiles: Mapping[int, str]
    shown: tuple[int, ...]


_LOOKS = {
    Target.DAILY: _Look(
        "day", "%d %b %Y", {21: "In a month", 63: "In three months"}, (1, 5, 10, 21, 42, 63)
    ),
    Target.MONTHLY: _Look(
        "month",
        "%B %Y",
        {0: "Average of this month", 12: "Average in a year"},
        (0, 1, 2, 3, 6, 9, 12),
    ),
}


def as_of_html(served: ServedForecast) -> str:
    """The as-of date, with a warning if the prices are old."""
    day = _day(served.last_observed_at)
    text = f"Prices as of <b>{day}</b>, from source {escape(served.source)}. "
    text += served.publication_note
    if served.age_days <= STALE_AFTER_DAYS:
        return f'<p class="wh-as-of">{text}</p>'
    return (
        f'<p class="wh-note">{text} They are {served.age_days:,} days old: the forecast is for the '
        f"days after {day}, and not for today.</p>"
    )


def facts_html(prices: pd.DataFrame, served: ServedForecast) -> str:
    """Tiles with the last price and the forecast at two horizons."""
    last = prices.to_dict("records")[-1]
    rows = {row["horizon"]: row for row in served.forecast.to_dict("records")}
    tiles = [("Last price", _price(last["value"]), _day(last["observed_at"]))]
    for horizon, name in _LOOKS[served.target].tiles.items():
        row = rows[horizon]
        band = f"80 %: {_price(row['q0.1'])} to {_price(row['q0.9'])}"
        tiles.append((name, _price(row["mean"]), band))
    return '<div class="wh-facts">{}</div>'.format(
        "".join(
            f"<div><span>{name}</span><b>{value} <i>{escape(served.unit)}</i></b>{more}</div>"
            for name, value, more in tiles
        )
    )


def table_html(served: ServedForecast) -> str:
    """The forecast as a table: the shown horizons, and all of them to unfold."""
    shown = served.forecast[served.forecast["horizon"].isin(_LOOKS[served.target].shown)]
    summary = f"All {len(served.forecast)} {_LOOKS[served.target].unit}s"
    return (
        f"{_rows_html(shown, served)}<details><summary>{summary}</summary>"
        f"{_rows_html(served.forecast, served)}</details>"
    )


def _rows_html(forecast: pd.DataFrame, served: ServedForecast) -> str:
    look = _LOOKS[served.target]
    rows = "".join(
        f"<tr><td>{row['target_at']:{look.date_format}}</td><td>{row['horizon']}</td>"
        f"<td>{row['from_publication']}</td>"
        f"<td>{_price(row['mean'])}</td>"
        f"<td>{_price(row['q0.1'])} to {_price(row['q0.9'])}</td>"
        f"<td>{_price(row['q0.025'])} to {_price(row['q0.975'])}</td></tr>"
        for row in forecast.to_dict("records")
    )
    return (
        f'<table class="wh-table"><caption>{escape(served.model)}, version {served.version}; '
        f"{escape(served.unit)}</caption><thead><tr><th>{look.unit.title()}</th><th>Ahead</th>"
        '<th title="counted from the day on which the forecast was made">From publication</th>'
        "<th>Mean</th><th>80 % band</th><th>95 % band</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def champion_html(best: ServedForecast) -> str:
    """The champion and the reason for it."""
    return (
        f"<h2>Champion: {escape(best.model)}, version {escape(best.version)}</h2>"
        f"<p>{escape(best.reason)}</p>"
    )


def _price(value: float) -> str:
    """Two decimals, with a true minus sign, so that a price below zero stands out."""
    return f"{value:,.2f}".replace("-", "−")


def _day(moment: pd.Timestamp) -> str:
    return f"{moment.day} {moment:%B %Y}"
