"""The Python client against the API itself: frames that equal what the database holds."""

import httpx
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from tests.api.access import key
from wellhead.catalogue.lookup import find_instrument
from wellhead.client import Client
from wellhead.database.operations import get_price_data
from wellhead.errors import ApiError, ApiUnreachableError
from wellhead.workflows.forecasting.serving import champion_forecast


@pytest.fixture
def wellhead(client: TestClient) -> Client:
    return Client(http=client)


def test_prices_of_all_pages_are_those_of_the_database(wellhead: Client) -> None:
    frame = wellhead.prices("WTI", source="archive")
    stored = get_price_data("WTI", source="archive")
    assert frame["day"].tolist() == stored["observed_at"].tolist()
    assert frame["value"].tolist() == stored["value"].tolist()
    assert str(frame["available_at"].dt.tz) == "UTC"
    assert set(frame["unit"]) == {"USD/bbl"}


def test_a_forecast_is_a_frame_with_provenance(wellhead: Client) -> None:
    forecast, served = wellhead.forecast("wti", days=63), champion_forecast(find_instrument("WTI"))
    assert (forecast.commodity, forecast.unit) == ("WTI", "USD/bbl")
    assert forecast.frame["mean"].tolist() == served.forecast["mean"].tolist()
    assert forecast.frame["0.9"].tolist() == served.forecast["q0.9"].tolist()
    assert forecast.frame.index[0] == pd.Timestamp("2019-01-04", tz="UTC")
    assert forecast.provenance["model"] == served.model
    few = wellhead.forecast("WTI", target="monthly", quantiles=[0.1, 0.5]).frame
    assert [name for name in few if name[0] == "0"] == ["0.1", "0.5"]


def test_tables_are_frames(wellhead: Client) -> None:
    assert "WTI" in wellhead.commodities()["commodity"].tolist()
    scores = wellhead.scores("WTI")
    assert {"mspe_ratio", "coverage_80"} <= set(scores)
    assert not scores.duplicated(["model", "horizon"]).any()
    assert wellhead.quality()["quality_score"].between(0, 1).all()
    history = wellhead.history("WTI", horizon=1)
    assert set(history["horizon"]) == {1}
    assert history["made_at"].dt.tz is not None


def test_analyses_and_the_brief(wellhead: Client) -> None:
    volatility = wellhead.analysis("wti", "volatility")
    assert {row["horizon"] for row in volatility["result"]["forecasts"]} == {1, 5, 22, 63}
    brief = wellhead.brief(source="archive")
    assert [each["text"] for each in brief["result"]["sentences"]]
    with pytest.raises(ApiError, match="was known at 2018-01-01"):
        wellhead.brief(as_of="2018-01-01T00:00:00Z")


@pytest.mark.slow
def test_models_their_versions_and_cards(wellhead: Client) -> None:
    models = wellhead.models("WTI")
    champion = models.loc[models["is_champion"], "model"].item()
    versions = wellhead.versions("WTI")
    assert set(models["model"]) <= set(versions["model"])
    assert versions["created_at"].dt.tz is not None
    card = wellhead.card("WTI")
    assert card["model"] == champion
    assert card["card"]["what"]


@pytest.mark.slow
def test_a_forecast_on_request_from_own_prices(wellhead: Client) -> None:
    prices = get_price_data("WTI", source="archive").set_index("observed_at")["value"]
    asked = wellhead.infer("WTI", prices, model="no-change", rows=3)
    assert asked.provenance["source"] == "request"
    assert asked.frame["mean"].tolist() == pytest.approx([prices.iloc[-1]] * 3)
    assert asked.frame.index.tz is not None
    stored = wellhead.infer("WTI", target="monthly")
    assert len(stored.frame) == 13
    with pytest.raises(ApiError) as refused:
        wellhead.infer("WTI", prices.head(10), model="arima")
    assert refused.value.code == "history_too_short"


def test_a_refusal_has_its_code(wellhead: Client) -> None:
    with pytest.raises(ApiError, match="not in the catalogue") as refused:
        wellhead.forecast("unobtainium")
    assert (refused.value.status, refused.value.code) == (404, "unknown_commodity")
    assert refused.value.retry_after is None
    with pytest.raises(ApiError) as missing:
        wellhead.coverage("WTI")
    assert missing.value.code == "no_data"


def test_it_sends_its_key(bare_client: TestClient) -> None:
    text = key()
    with pytest.raises(ApiError) as refused:
        Client(http=bare_client).commodities()
    assert refused.value.code == "key_missing"
    assert not Client(key=text, http=bare_client).commodities().empty


def test_an_api_that_is_away_is_one_line() -> None:
    with (
        Client("http://127.0.0.1:1") as client,
        pytest.raises(ApiUnreachableError, match=r"127\.0\.0\.1:1 did not answer: ConnectError"),
    ):
        client.commodities()


def test_an_answer_of_another_server_is_an_error() -> None:
    other = httpx.Client(
        base_url="http://other.example",
        transport=httpx.MockTransport(lambda _: httpx.Response(502, text="<html>")),
    )
    with pytest.raises(ApiError, match="status 502"):
        Client(http=other).commodities()
