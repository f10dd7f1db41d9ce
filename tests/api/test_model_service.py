"""The model service: the registered champion itself, loaded once."""

import pandas as pd
import pytest

from api.services.model_service import get_model_service
from wellhead.calendars import now
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.database.ledger import newest_forecast
from wellhead.database.operations import get_vintages
from wellhead.database.writing import write_rows
from wellhead.errors import NoChampionError, UnknownCommodityError
from wellhead.features import as_of
from wellhead.workflows.forecasting.serving import champion_forecast, comparable_forecasts


def test_the_loaded_champion_says_what_the_ledger_holds(own_workbench: object) -> None:
    loaded = get_model_service().load_model(commodity="WTI", model="arima")
    assert loaded.registered.version == _version_of("arima")
    known = as_of(get_vintages(SeriesKey("WTI", loaded.registered.source)), now())
    forecast = loaded.model.predict(known["value"], "daily", 63).set_index("horizon")
    best = loaded.registered
    rows = newest_forecast("WTI", best.target, best.model, best.version)
    stored = pd.DataFrame(rows).set_index("horizon")
    forecast = forecast.drop(columns="target_at")
    pd.testing.assert_frame_equal(forecast, stored[forecast.columns], check_names=False, rtol=1e-12)


def test_a_champion_is_loaded_once_and_a_new_one_is_noticed(own_workbench: object) -> None:
    service = get_model_service()
    first = service.load_model(commodity="wti")
    assert service.load_model(commodity="WTI") is first
    model = "drift" if first.registered.model != "drift" else "no-change"
    other = _version_of(model)
    row = {"commodity": "WTI", "target_kind": "daily", "decided_at": now(), "model": model}
    row |= {"model_version": other, "reason": "chosen by a test", "alarm": False}
    write_rows("promotions", pd.DataFrame([row]))
    assert service.load_model(commodity="WTI").registered.version == other


def test_a_commodity_without_a_champion_is_an_error(workbench: object) -> None:
    with pytest.raises(NoChampionError, match="make run COMMODITIES=BRENT"):
        get_model_service().load_model(commodity="BRENT")
    with pytest.raises(UnknownCommodityError, match="WTI, BRENT"):
        get_model_service().load_model(commodity="unobtainium")


def _version_of(model: str) -> str:
    made = comparable_forecasts(champion_forecast(find_instrument("WTI")))
    return next(served.version for served in made if served.model == model)
