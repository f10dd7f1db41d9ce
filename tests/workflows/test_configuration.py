"""An `env.yaml` that makes no sense is refused when it is read, before anything is loaded."""

from pathlib import Path

import pytest
import yaml

from tests.paths import ROOT
from wellhead.errors import SettingsError, UnknownModelError
from wellhead.workflows.configuration import read_configuration


def _written(folder: Path, **changes: object) -> Path:
    path = folder / "env.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load((ROOT / "env.yaml").read_text()) | changes))
    return path


def _models(**given: dict) -> dict:
    return {"models": {"no-change": {}, **given}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"models": {"arimaa": {}, "no-change": {}}}, "'arimaa' is not registered"),
        ({"models": {"arima": {}}}, "models must hold no-change"),
        ({"models": ["no-change"]}, "models must be a mapping"),
        (_models(drift={"drift_windw": 21}), "no hyper-parameter 'drift_windw'. Known: "),
        (_models(drift={"drift_window": "long"}), "drift_window of drift cannot be 'long'"),
        (_models(drift={"WTI": {"drift_windw": 21}}), "no hyper-parameter 'drift_windw'"),
        (_models(drift={"WTII": {"drift_window": 21}}), "'WTII' is not an instrument"),
        ({"commodities": "WTI"}, "commodities must be a list"),
        ({"commodities": ["WTI", "GOLD"]}, "commodities: commodity 'GOLD' is not in the catalogue"),
        ({"covariates": None}, "covariates must be a list"),
        ({"covariates": ["VIXX"]}, "covariates: commodity 'VIXX' is not in the catalogue"),
        ({"sauce": "archive"}, "unknown section sauce"),
        ({"backtest": {"start": "soon"}}, "backtest.start 'soon' is not a date"),
        ({"backtest": {"start": "2012-01-01", "stepp": 5}}, "keyword argument 'stepp'"),
        ({"backtest": {"start": "2012-01-01", "step": 0}}, "backtest.step is 0"),
        ({"analytics": {"score": 3000}}, "analytics must be a mapping, as {scored: 3000}"),
        ({"analytics": {"scored": "all"}}, "with a number of sessions above zero"),
        ({"analytics": {"scored": 0}}, "with a number of sessions above zero"),
        ({"analytics": None}, "analytics must be a mapping"),
    ],
)
def test_a_fault_is_named_with_its_file(changes: dict, words: str, tmp_path: Path) -> None:
    path = _written(tmp_path, **changes)
    with pytest.raises(SettingsError) as error:
        read_configuration(path)
    assert str(error.value).startswith(str(path))
    assert words in str(error.value)


def test_a_file_without_analytics_has_the_usual_ones(tmp_path: Path) -> None:
    path = _written(tmp_path, analytics={})
    assert read_configuration(path).analytics == {"scored": 3000}


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "env.yaml").write_text("")
    with pytest.raises(SettingsError, match="is empty"):
        read_configuration(tmp_path / "env.yaml")


def test_models_are_selected_with_their_hyper_parameters(tmp_path: Path) -> None:
    configuration = read_configuration(_written(tmp_path, **_models(drift={"drift_window": 21})))
    assert configuration.select_models() == {"no-change": {}, "drift": {"drift_window": 21}}
    assert configuration.select_models(["arima"]) == {"no-change": {}, "arima": {}}
    with pytest.raises(UnknownModelError, match="'gpt' is not registered"):
        configuration.select_models(["gpt"])
