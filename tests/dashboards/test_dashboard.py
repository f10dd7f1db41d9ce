"""The dashboard in a visitor's browser, and its message without forecasts or database."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests.browser import Visit, visiting
from tests.workbench import Workbench
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.dashboards import market
from wellhead.errors import StorageError
from wellhead.tables import STATISTICS
from wellhead.workflows.forecasting.serving import (
    ForecastDay,
    ServedForecast,
    champion_forecast,
)


@pytest.fixture(scope="module")
def address(shared_workbench: Workbench) -> Iterator[str]:
    """The dashboards, served by the command a user gives."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    served = subprocess.Popen(
        [Path(sys.executable).with_name("wellhead"), "dashboards"],
        env={**os.environ, **shared_workbench.settings, "WELLHEAD_DASHBOARDS_PORT": str(port)},
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/", served)
        yield f"http://127.0.0.1:{port}"
    finally:
        served.terminate()
        served.wait(timeout=30)


def _wait_for(url: str, served: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert served.poll() is None, "the dashboards ended by themselves"
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own server
        except OSError:
            time.sleep(0.25)
        else:
            return
    pytest.fail("the dashboards did not answer within a minute")


@pytest.fixture
def visit(address: str, workbench: Workbench) -> Iterator[Visit]:
    with visiting() as seen:
        yield seen


def _fan(page: Page) -> str:
    """The mean line of the chart, as it is drawn."""
    return page.locator(".scatterlayer .trace .js-line").last.get_attribute("d") or ""


def _redrawn(page: Page, before: str) -> str:
    """The mean line once it is another; a busy machine takes seconds to draw."""
    for _ in range(60):
        if (line := _fan(page)) != before:
            return line
        page.wait_for_timeout(250)
    return before


@pytest.mark.slow
def test_a_page_that_does_not_exist_says_so_and_leads_back(address: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{address}/voila/render/nothing.ipynb")  # noqa: S310 - our own server
    page = refused.value.read().decode()
    assert refused.value.code == 404
    assert 'There is no such page. <a href="/">All dashboards</a>' in page


@pytest.mark.browser
@pytest.mark.slow
def test_a_visitor_sees_the_forecast_and_chooses_another_model(address: str, visit: Visit) -> None:
    page, best = visit.page, champion_forecast(find_instrument("WTI"))
    page.goto(f"{address}/voila/render/market.ipynb")
    expect(page.get_by_role("heading", name="Energy prices and forecasts")).to_be_visible()
    expect(page).to_have_title("Energy prices and forecasts · Wellhead")
    expect(page.get_by_text("Prices as of 3 January 2019")).to_be_visible()
    expect(page.get_by_text("and not for today")).to_be_visible()
    expect(page.get_by_role("heading", name=f"Champion: {best.model}")).to_be_visible()
    expect(page.get_by_label("Model")).to_contain_text(f"{best.model}\N{NO-BREAK SPACE}(champion)")
    expect(page.locator(".scatterlayer .trace")).to_have_count(5)
    expect(page.locator(".wh-table").first).to_contain_text(best.model)
    drawn = _fan(page)

    other = "drift" if best.model != "drift" else "no-change"  # its line is like no other's
    page.get_by_label("Model").select_option(label=other)
    expect(page.locator(".wh-table").first).to_contain_text(other)
    assert drawn != "" != _redrawn(page, drawn) != drawn

    page.get_by_label("Forecast of").select_option(label="averages of months")
    expect(page.locator(".wh-table").first).to_contain_text("January 2019")
    expect(page.get_by_text("Average of this month")).to_be_visible()
    monthly = champion_forecast(find_instrument("WTI"), Target.MONTHLY)
    expect(page.get_by_role("heading", name=f"Champion: {monthly.model}")).to_be_visible()
    expect(page.locator(".scatterlayer .trace")).to_have_count(5)

    assert visit.errors == []
    assert visit.refused == []
    assert visit.hosts == {"127.0.0.1"}


@pytest.mark.browser
@pytest.mark.slow
def test_the_list_of_dashboards_leads_to_the_page_on_a_phone(address: str, visit: Visit) -> None:
    page = visit.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    page.get_by_role("link", name="Market").click()
    expect(page.locator(".scatterlayer .trace")).to_have_count(5)
    for wide in (".js-plotly-plot", ".wh-table", ".wh-choices"):
        box = page.locator(wide).first.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    assert visit.errors == []
    assert visit.hosts == {"127.0.0.1"}


def test_before_the_first_run_the_page_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "champion_forecasts", list)
    assert "make run" in market.market_page().value


def test_a_database_that_is_away_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> list[ServedForecast]:
        raise StorageError("the database cannot be used: <gone>")

    monkeypatch.setattr(market, "champion_forecasts", fail)
    assert "the database cannot be used: &lt;gone&gt;" in market.market_page().value


def test_prices_below_zero_are_shown_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    at = pd.Timestamp("2020-04-20", tz="UTC")
    days = pd.date_range("2020-04-21", periods=63, freq="B", tz="UTC")
    statistics = (-36.98,) * len(STATISTICS)
    ahead = [ForecastDay(day, count, count, statistics) for count, day in enumerate(days, 1)]
    prices = pd.DataFrame({"observed_at": [at], "value": [-36.98]})
    served = ServedForecast(
        find_instrument("WTI"),
        Target.DAILY,
        "USD/bbl",
        "no-change",
        "1",
        "",
        None,
        "run",
        "code",
        "archive",
        at,
        at,
        tuple(ahead),
    )
    monkeypatch.setattr(market, "champion_forecasts", lambda: [served])
    monkeypatch.setattr(market, "comparable_forecasts", lambda _best: [served])
    monkeypatch.setattr(market, "get_price_data", lambda *_, **__: prices)
    page = market.MarketPage([served])
    assert "−36.98" in page.facts.value
    assert page.table.value.count("−36.98 to −36.98") == 2 * (6 + 63)
    assert [next(iter(trace.y)) for trace in page.fan.data] == [-36.98] * 5
