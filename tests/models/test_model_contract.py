"""What every registered model must do. A new model is tested from the day it is registered."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from wellhead.errors import ArtifactError, InputError, ModelError, NotEnoughHistoryError
from wellhead.features import build_features
from wellhead.models import Forecaster, create, load, model_class, model_names
from wellhead.models.card import card_page
from wellhead.models.parameters import Parameters
from wellhead.tables import STATISTICS

ROWS, HORIZON = 1000, 63
QUANTILES = list(STATISTICS[1:])


def prices() -> "pd.Series[float]":
    """A price that wanders, and near its end stands at zero and falls to −36.98."""
    steps = np.random.default_rng(7).standard_t(4, size=ROWS)
    days = pd.bdate_range("2016-01-04", periods=ROWS, tz="UTC", name="observed_at")
    value = pd.Series(60 + steps.cumsum(), index=days)
    value.iloc[850:853] = [0.0, 0.0, -36.98]
    return value


def history_of(model: type[Forecaster[Any]], value: "pd.Series[float]") -> pd.DataFrame:
    return build_features(value, model.features)


@pytest.fixture(scope="module", params=model_names())
def fitted(request: pytest.FixtureRequest) -> tuple[Forecaster[Any], pd.DataFrame]:
    """A model fitted on all but the last 100 rows, and the whole history."""
    history = history_of(model_class(request.param), prices())
    return create(request.param).fit(history.iloc[:-100]), history


def test_a_forecast_has_its_shape_and_no_gap(
    fitted: tuple[Forecaster[Any], pd.DataFrame],
) -> None:
    model, history = fitted
    for horizon in (1, HORIZON):
        forecast = model.predict(history, horizon)
        assert forecast.index.tolist() == list(range(1, horizon + 1))
        assert forecast.index.name == "horizon"
        assert tuple(forecast.columns) == STATISTICS
        assert np.isfinite(forecast.to_numpy()).all()
        assert (forecast[QUANTILES].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_a_shorter_horizon_is_the_start_of_a_longer_one(
    fitted: tuple[Forecaster[Any], pd.DataFrame],
) -> None:
    model, history = fitted
    longer, shorter = model.predict(history, HORIZON), model.predict(history, 5)
    np.testing.assert_allclose(shorter, longer.head(5), rtol=1e-5)


@pytest.mark.parametrize("last", [-36.98, 0.0, 140.0])
def test_a_forecast_starts_from_the_last_price(
    fitted: tuple[Forecaster[Any], pd.DataFrame], last: float
) -> None:
    model, history = fitted
    value = history["value"].copy()
    value.iloc[-1] = last
    forecast = model.predict(history_of(type(model), value), HORIZON)
    first = forecast.iloc[0]
    assert abs(first["mean"] - last) < first["q0.975"] - first["q0.025"]
    assert first["q0.025"] < last < first["q0.975"]


def test_bands_widen_with_the_horizon(fitted: tuple[Forecaster[Any], pd.DataFrame]) -> None:
    model, history = fitted
    forecast = model.predict(history, HORIZON)
    width = forecast["q0.9"] - forecast["q0.1"]
    assert width.loc[1] < width.loc[5] < width.loc[21] < width.loc[63]


def test_predict_leaves_its_input_and_the_model_alone(
    fitted: tuple[Forecaster[Any], pd.DataFrame],
) -> None:
    model, history = fitted
    before = history.copy(deep=True)
    first = model.predict(history, HORIZON)
    model.predict(history.iloc[:-50], 5)
    pd.testing.assert_frame_equal(history, before)
    pd.testing.assert_frame_equal(model.predict(history, HORIZON), first, check_exact=True)


def test_a_saved_model_forecasts_the_same(
    fitted: tuple[Forecaster[Any], pd.DataFrame], tmp_path: Path
) -> None:
    model, history = fitted
    model.save(tmp_path / "saved")
    for loaded in (load(tmp_path / "saved"), type(model).load(tmp_path / "saved")):
        assert type(loaded) is type(model)
        assert loaded.params == model.params
        pd.testing.assert_frame_equal(
            loaded.predict(history, HORIZON), model.predict(history, HORIZON), check_exact=True
        )


def test_a_changed_artifact_is_refused(
    fitted: tuple[Forecaster[Any], pd.DataFrame], tmp_path: Path
) -> None:
    model, _ = fitted
    model.save(tmp_path / "saved")
    for path in sorted((tmp_path / "saved").iterdir()):
        content = path.read_bytes()
        path.write_bytes(content[:-2] + b"?" + content[-1:])
        with pytest.raises(ArtifactError, match="saved model"):
            load(tmp_path / "saved")
        path.write_bytes(content)
    load(tmp_path / "saved")


def test_the_mean_path_is_the_mean_of_predict_and_reaches_a_year_ahead(
    fitted: tuple[Forecaster[Any], pd.DataFrame],
) -> None:
    model, history = fitted
    path = model.mean_path(history, 280)
    assert path.shape == (280,)
    assert np.isfinite(path).all()
    np.testing.assert_allclose(path[:HORIZON], model.predict(history, HORIZON)["mean"], rtol=1e-5)
    assert model.mean_path(history.iloc[-model.min_history :], 280).shape == (280,)
    with pytest.raises(NotEnoughHistoryError, match=f"needs {model.min_history} "):
        model.mean_path(history.iloc[: model.min_history - 1], 280)
    with pytest.raises(InputError, match="0 is not a number of sessions"):
        model.mean_path(history, 0)


def with_covariates(name: str, history: pd.DataFrame) -> pd.DataFrame:
    """A history with a model's covariates: random walks, one unknown, one unknown early on."""
    rng, columns = np.random.default_rng(11), {}
    for key in model_class(name).covariates:
        columns[key] = 50 + rng.normal(size=len(history)).cumsum()
    with_others = history.assign(**columns)
    if columns:
        with_others[next(iter(columns))] = np.nan
        with_others.iloc[:300, -1] = np.nan
    return with_others


@pytest.mark.parametrize("name", [n for n in model_names() if model_class(n).covariates])
def test_covariates_may_come_and_go_and_their_future_is_not_seen(name: str) -> None:
    history = with_covariates(name, history_of(model_class(name), prices()))
    altered, cut = history.copy(), 900
    altered.iloc[cut:] = 9999.0
    model = create(name).fit(history.iloc[:cut])
    with_all = model.predict(history.iloc[:cut], HORIZON)
    assert np.isfinite(with_all.to_numpy()).all()
    same = create(name).fit(altered.iloc[:cut]).predict(altered.iloc[:cut], HORIZON)
    pd.testing.assert_frame_equal(with_all, same, check_exact=True)
    alone = history.drop(columns=list(model.covariates)).iloc[:cut]
    assert np.isfinite(model.predict(alone, HORIZON).to_numpy()).all()
    assert np.isfinite(create(name).fit(alone).mean_path(history.iloc[:cut], 5)).all()


@pytest.mark.parametrize("name", model_names())
def test_a_card_is_complete_and_json(name: str) -> None:
    card = create(name).card()
    assert json.loads(json.dumps(card)) == card
    for part in ("what", "how", "source", "limits", "parameter_meaning"):
        assert card[part], part
    page = card_page(card)
    for word in (*card["parameters"], *card["features"], *card["covariates"]):
        assert f"`{word}`" in page, word
    for parameter in set(card["parameters"]) - set(vars(Parameters())):
        assert f"`{parameter}`" in card["parameter_meaning"], parameter


@pytest.mark.parametrize("name", model_names())
def test_the_same_past_gives_the_same_forecast_whatever_follows(name: str) -> None:
    value, cut = prices(), 900
    altered = value.copy()
    altered.iloc[cut:] = 9999.0
    forecasts = []
    for series in (value, altered):
        history = history_of(model_class(name), series).iloc[:cut]
        forecasts.append(create(name).fit(history).predict(history, HORIZON))
    pd.testing.assert_frame_equal(*forecasts, check_exact=True)


@pytest.mark.parametrize("name", model_names())
def test_too_little_history_is_refused_with_both_numbers(name: str) -> None:
    kind = model_class(name)
    history = history_of(kind, prices())
    short = history.iloc[: kind.min_history - 1]
    with pytest.raises(NotEnoughHistoryError, match=f"needs {kind.min_history} .*has {len(short)}"):
        create(name).fit(short)


def test_predicting_needs_the_horizon_on_top(
    fitted: tuple[Forecaster[Any], pd.DataFrame],
) -> None:
    model, history = fitted
    with pytest.raises(NotEnoughHistoryError, match=f"needs {model.min_history + 5} "):
        model.predict(history.iloc[: model.min_history], 5)
    with pytest.raises(InputError, match="horizon 0"):
        model.predict(history, 0)


@pytest.mark.parametrize("name", model_names())
def test_an_unknown_hyper_parameter_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match=r"'depth'.*band_window|'depth'.*window"):
        create(name, depth=3)


@pytest.mark.parametrize("name", model_names())
def test_a_hyper_parameter_of_the_wrong_kind_is_refused(name: str) -> None:
    parameter = next(iter(vars(create(name).params)))
    for value in ("many", -5, True, None):
        with pytest.raises(InputError, match=parameter):
            create(name, **{parameter: value})


@pytest.mark.parametrize("name", model_names())
def test_an_unfitted_model_says_so(name: str, tmp_path: Path) -> None:
    model = create(name)
    with pytest.raises(ModelError, match="not fitted"):
        model.predict(history_of(type(model), prices()), 5)
    with pytest.raises(ModelError, match="not fitted"):
        model.save(tmp_path / "saved")


@pytest.mark.parametrize("name", model_names())
def test_a_gap_in_the_last_price_is_an_error_and_not_a_number(name: str) -> None:
    history = history_of(model_class(name), prices())
    model = create(name).fit(history)
    gap = history.copy()
    gap.iloc[-1] = np.nan
    with pytest.raises(ModelError, match="gaps"):
        model.predict(gap, 5)


@pytest.mark.parametrize("name", model_names())
def test_a_price_that_never_moves_is_forecast_to_stay(name: str) -> None:
    value = prices() * 0 + 5.0
    history = history_of(model_class(name), value)
    forecast = create(name).fit(history).predict(history, 5)
    np.testing.assert_allclose(forecast, 5.0)


@pytest.mark.parametrize("name", model_names())
def test_fitting_is_silent(
    name: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    history = history_of(model_class(name), prices())
    with caplog.at_level(logging.INFO):
        create(name).fit(history).predict(history, 5)
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
