"""The market dashboard: its widgets, and how they react to choices."""

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd
import plotly.graph_objects as go

from wellhead.catalogue.targets import Target
from wellhead.charts.forecasts import fan_chart
from wellhead.dashboards.html import as_of_html, champion_html, facts_html, table_html
from wellhead.database.operations import get_price_data
from wellhead.errors import WellheadError
from wellhead.workflows.forecasting.serving import (
    ServedForecast,
    champion_forecast,
    champion_forecasts,
    comparable_forecasts,
)

_HISTORIES = [("one year", 252), ("five years", 1260), ("all years", 0)]
_NO_FORECAST = "There is no forecast yet: run `make run`, then load this page again."


def warm_up() -> None:
    """Build the page once and drop it, so that a pre-heated kernel answers its visitor at once."""
    market_page()
    widgets.Widget.close_all()


def market_page() -> widgets.Widget:
    """The page with prices and forecasts from the database, as they are now.

    Without forecasts, or without a database, the page is one line that says what to do.
    """
    try:
        forecasts = champion_forecasts()
        return MarketPage(forecasts).page if forecasts else _note(_NO_FORECAST)
    except WellheadError as error:
        return _note(str(error))


class MarketPage:
    """The choices (commodity, target, model, history) and what they select; `page` holds all.

    Prices and forecast share one chart, because each FigureWidget takes a second to load.
    """

    def __init__(self, forecasts: list[ServedForecast]) -> None:
        self._champions = {best.instrument.key: best for best in forecasts}
        names = [(best.instrument.name, key) for key, best in self._champions.items()]
        self.commodity = widgets.Dropdown(options=names, description="Commodity")
        targets = [(target.label, target) for target in Target]
        first = forecasts[0].target
        self.target = widgets.Dropdown(options=targets, value=first, description="Forecast of")
        self.model = widgets.Dropdown(description="Model")
        self.history = widgets.Dropdown(options=_HISTORIES, description="Prices of")
        self.note, self.facts, self.champion, self.table = (widgets.HTML() for _ in range(4))
        self._load()
        self._write()
        # The browser loses traces that are added before it shows a chart, so all are there at once.
        self.fan = go.FigureWidget(self._figure())
        choices = [self.commodity, self.target, self.model, self.history]
        self._observe(choices)
        row = widgets.HBox(choices).add_class("wh-choices")
        parts = [row, self.note, self.facts, self.fan, self.table, self.champion]
        self.page = widgets.VBox(parts).add_class("wh-page")

    def _observe(self, choices: list[widgets.Dropdown]) -> None:
        """Load when commodity or target change, and redraw when any choice changes."""
        for choice in (self.commodity, self.target):
            choice.observe(self._guarded(self._load), "value")
        for choice in choices:
            choice.observe(self._guarded(self._show), "value")

    def _load(self) -> None:
        """Read prices and forecasts of the chosen commodity and target, and list the models."""
        best = self._champions[self.commodity.value]
        if self.target.value != best.target:
            best = champion_forecast(best.instrument, self.target.value)
        self._observed = _prices(best)
        self._served = {served.model: served for served in comparable_forecasts(best)}
        labels = [(f"{name} (champion)" if name == best.model else name) for name in self._served]
        self.model.options = list(zip(labels, self._served, strict=True))
        self.model.value = best.model
        self.champion.value = champion_html(best)

    def _show(self) -> None:
        if self.model.value is not None:  # it is None while the list of models changes
            self._write()
            _redraw(self.fan, self._figure())

    def _write(self) -> None:
        served = self._served[self.model.value]
        self.note.value = as_of_html(served)
        self.facts.value = facts_html(self._observed, served)
        self.table.value = table_html(served)

    def _figure(self) -> go.Figure:
        """The fan chart without its title, which the page's own heading replaces."""
        served = self._served[self.model.value]
        shown = self.history.value or len(self._observed)
        figure = fan_chart(self._observed, served.forecast, served.instrument, shown)
        return figure.update_layout(title=None, margin={"l": 55, "r": 12, "t": 16, "b": 40})

    def _guarded(self, act: Callable[[], None]) -> Callable[[Any], None]:
        """A callback that shows an error of `act` on the page."""

        def on_change(_change: Any) -> None:
            try:
                act()
            except WellheadError as error:
                self.note.value = _note(str(error)).value

        return on_change


def _prices(served: ServedForecast) -> pd.DataFrame:
    return get_price_data(served.instrument.key, source=served.source)


def _redraw(shown: go.FigureWidget, figure: go.Figure) -> None:
    """Replace the data of a shown figure by those of another with the same traces."""
    with shown.batch_update():
        shown.update_layout(figure.layout, overwrite=True)
        for trace, new in zip(shown.data, figure.data, strict=True):
            trace.update(x=new.x, y=new.y)


def _note(text: str) -> widgets.HTML:
    return widgets.HTML(f'<p class="wh-note">{escape(text)}</p>')
