"""What may be tuned: of every registered model, from the day it is registered."""

import numpy as np
import optuna
import pytest

from tests.models.test_model_contract import history_of, prices
from wellhead.catalogue.entries import built_in
from wellhead.catalogue.lookup import find_instrument
from wellhead.errors import InputError, UnknownModelError
from wellhead.evaluation.tuning.search import draw
from wellhead.evaluation.tuning.space import SPACES, Between, OneOf, search_space
from wellhead.models import create, model_class, model_names
from wellhead.models.parameters import Parameters
from wellhead.models.tuned import TUNED, params_for, with_override

NOT_TUNED = {
    "no-change": set(),
    "futures": {"strip"},  # names data
    "regression": {"sister"},
    "prophet": {"tune"},  # whether it tunes itself at each fit
    "lstm": {"horizon", "seed", "device"},
}


def test_every_hyper_parameter_is_tuned_or_left_out_on_purpose() -> None:
    assert set(SPACES) | set(NOT_TUNED) <= set(model_names())
    for name in model_names():
        known = set(vars(create(name).params)) - set(vars(Parameters()))
        assert set(SPACES.get(name, {})) == known - NOT_TUNED.get(name, set()), name


@pytest.mark.parametrize("name", SPACES)
def test_what_is_present_lies_inside(name: str) -> None:
    for commodity in (*TUNED.get(name, {}), *built_in()):
        present = vars(create(name, **params_for(name, find_instrument(commodity))).params)
        for parameter, values in SPACES[name].items():
            assert present[parameter] in values, (name, commodity, parameter)


@pytest.mark.parametrize("name", SPACES)
def test_whatever_is_drawn_makes_a_model(name: str) -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=3))
    for _ in range(50):
        trial = study.ask()
        drawn = {key: draw(trial, key, values) for key, values in SPACES[name].items()}
        params = vars(create(name, **drawn).params)
        assert {key: params[key] for key in drawn} == drawn
        assert all(isinstance(drawn[key], type(params[key])) for key in drawn)


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("end", [0, -1], ids=["low", "high"])
def test_a_model_at_the_ends_of_its_space_fits_and_forecasts(name: str, end: int) -> None:
    corner = {
        key: values.options[end] if isinstance(values, OneOf) else (values.low, values.high)[end]
        for key, values in SPACES[name].items()
    }
    history = history_of(model_class(name), prices())
    path = create(name, **corner).fit(history).mean_path(history, 63)
    assert np.isfinite(path).all()


def test_a_model_without_anything_to_tune_says_which_have() -> None:
    with pytest.raises(InputError, match=r"no-change has nothing to tune.*drift, mean-reversion"):
        search_space("no-change")
    with pytest.raises(InputError, match=r"drift has no 'window' to tune.*: drift_window\."):
        search_space("drift", ["window"])
    assert list(search_space("mean-reversion", ["window", "speed"])) == ["speed", "window"]
    with pytest.raises(UnknownModelError, match="'oracle' is not registered"):
        search_space("oracle")


def test_a_space_holds_what_it_says() -> None:
    assert 3 in Between(1, 4)
    assert 2.0 not in Between(1, 4)
    assert True not in Between(1, 4)
    assert 5 not in Between(1, 4)
    assert 5 in Between(1, 4).including(5)
    assert 0.2 in Between(0.1, 1.0)
    assert "log" in OneOf(("flat",)).including("log")
    assert OneOf(("flat",)).including("flat") == OneOf(("flat",))


@pytest.mark.parametrize(
    "given",
    [None, {"speed": 0.05, "window": 500}, {"HENRY_HUB": {"speed": 0.06, "short_window": 4}}],
)
@pytest.mark.parametrize("commodity", ["WTI", "HENRY_HUB", "HENRY_HUB_FRONT"])
def test_what_was_chosen_is_in_force_and_all_else_stays(given: dict, commodity: str) -> None:
    chosen = {"speed": 0.011}
    new = with_override("mean-reversion", find_instrument(commodity), given, chosen)
    assert params_for("mean-reversion", find_instrument(commodity), new) == {
        **params_for("mean-reversion", find_instrument(commodity), given),
        **chosen,
    }
    fronts = f"{commodity}_FRONT"
    for other in {"BRENT", "WTI", "HENRY_HUB", "HENRY_HUB_FRONT"} - {commodity, fronts}:
        before = params_for("mean-reversion", find_instrument(other), given)
        assert params_for("mean-reversion", find_instrument(other), new) == before, other
