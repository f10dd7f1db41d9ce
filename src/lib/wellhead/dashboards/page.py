"""The dashboards' widgets: they show what the verbs answer, and redraw when a choice changes."""

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd
import plotly.graph_objects as go

from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.charts.forecasts import fan_chart
from wellhead.dashboards.html import as_of_html, champion_html, facts_html, table_html
from wellhead.database.operations import get_price_data
from wellhead.errors import WellheadError
from wellhead.workflows.forecasting.serving import (
    ServedForecast,
    champion_forecast,
    champions,
    comparable_forecasts,
)

_HISTORIES = [("one year", 252), ("five years", 1260), ("all years", 0)]
_NOTHING_YET = "Nothing has been forecast yet: run `make run`, then load this page again."


def warm_up() -> None:
    """Build the page once and drop it, so that a waiting kernel answers its visitor at once."""
    market_page()
    widgets.Widget.close_all()


def market_page() -> widgets.Widget:
    """The page on prices and forecasts, as the database has them now.

    Where it has none, or cannot be reached, the page is one line that says what to do.
    """
    try:
        found = champions()
        return MarketPage(found).page if found else _note(_NOTHING_YET)
    except WellheadError as error:
        return _note(str(error))


class MarketPage:
    """The choices, commodity, target, model and history, and what follows; `page` has it all.

    One chart shows prices and forecast: each FigureWidget costs a visitor a second to load.
    """

    def __init__(self, found: list[ServedForecast]) -> None:
        self._champions = {best.commodity: best for best in found}
        names = [(find_instrument(key).name, key) for key in self._champions]
        self.commodity = widgets.Dropdown(options=names, description="Commodity")
        targets = [(target.label, target) for target in Target]
        self.target = widgets.Dropdown(options=targets, description="Forecast of")
        self.model = widgets.Dropdown(description="Model")
        self.history = widgets.Dropdown(options=_HISTORIES, description="Prices of")
        self.note, self.facts, self.champion, self.table = (widgets.HTML() for _ in range(4))
        self._load()
        self._write()
        # Traces that are added before the browser knows a chart are lost: begin with all of them.
        self.fan = go.FigureWidget(self._figure())
        for choice in (self.commodity, self.target):
            choice.observe(self._guarded(self._load), "value")
        choices = [self.commodity, self.target, self.model, self.history]
        for choice in choices:
            choice.observe(self._guarded(self._show), "value")
        parts = [
            widgets.HBox(choices).add_class("wh-choices"),
            self.note,
            self.facts,
            self.fan,
            self.table,
        ]
        self.page = widgets.VBox([*parts, self.champion]).add_class("wh-page")

    def _load(self) -> None:
        """Read what the database has of the chosen commodity and target, and offer its models."""
        best = self._champions[self.commodity.value]
        if self.target.value != best.target:
            best = champion_forecast(best.commodity, self.target.value)
        self._instrument = find_instrument(best.commodity)
        self._observed = _prices(best)
        self._served = {served.model: served for served in comparable_forecasts(best)}
        labels = [(f"{name} (champion)" if name == best.model else name) for name in self._served]
        self.model.options = list(zip(labels, self._served, strict=True))
        self.model.value = best.model
        self.champion.value = champion_html(best)

    def _show(self) -> None:
        if self.model.value is not None:  # it is None between two lists of options
            self._write()
            _redraw(self.fan, self._figure())

    def _write(self) -> None:
        served = self._served[self.model.value]
        self.note.value = as_of_html(served)
        self.facts.value = facts_html(self._observed, served)
        self.table.value = table_html(served)

    def _figure(self) -> go.Figure:
        """The fan chart without its title, for which the page stands."""
        forecast = self._served[self.model.value].forecast
        shown = self.history.value or len(self._observed)
        figure = fan_chart(self._observed, forecast, self._instrument, shown)
        return figure.update_layout(title=None, margin={"l": 55, "r": 12, "t": 16, "b": 40})

    def _guarded(self, act: Callable[[], None]) -> Callable[[Any], None]:
        def on_change(_change: Any) -> None:
            try:
                act()
            except WellheadError as error:
                self.note.value = _note(str(error)).value

        return on_change


def _prices(served: ServedForecast) -> pd.DataFrame:
    return get_price_data(served.commodity, "1900-01-01", source=served.source)


def _redraw(shown: go.FigureWidget, figure: go.Figure) -> None:
    """Have a widget show another figure of the same traces."""
    with shown.batch_update():
        shown.update_layout(figure.layout, overwrite=True)
        for trace, new in zip(shown.data, figure.data, strict=True):
            trace.update(x=new.x, y=new.y)


def _note(text: str) -> widgets.HTML:
    return widgets.HTML(f'<p class="wh-note">{escape(text)}</p>')
