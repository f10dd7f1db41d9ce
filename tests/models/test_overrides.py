"""Hyper-parameters by commodity: overrides are named strictly, and the most specific one wins."""

from pathlib import Path

import pytest
import yaml

from wellhead.catalogue.entries import built_in
from wellhead.catalogue.lookup import find_instrument
from wellhead.errors import InputError, UnknownModelError
from wellhead.models.registry import check_params
from wellhead.models.tuned import TUNED, params_for, with_override
from wellhead.settings import get_settings


def test_a_misspelt_commodity_is_refused_with_the_nearest_name() -> None:
    given = {"HENRY_HUBB": {"speed": 0.06}}
    with pytest.raises(InputError, match=r"regression: 'HENRY_HUBB' .* Did you mean HENRY_HUB\?"):
        params_for("regression", find_instrument("HENRY_HUB"), given)
    with pytest.raises(InputError, match=r"'henry_hub' .* Did you mean HENRY_HUB"):
        check_params("regression", {"henry_hub": {"speed": 0.06}})
    with pytest.raises(InputError, match=r"'speed' is not an instrument of the catalogue\.$"):
        check_params("regression", {"speed": {"WTI": 0.06}})


def test_the_most_specific_override_wins_in_any_order() -> None:
    spot, front = find_instrument("HENRY_HUB"), find_instrument("HENRY_HUB_FRONT")
    own, of_market = {"HENRY_HUB_FRONT": {"speed": 0.3}}, {"HENRY_HUB": {"speed": 0.2}}
    for given in ({**own, **of_market}, {**of_market, **own}):
        assert params_for("regression", front, given)["speed"] == 0.3
        assert params_for("regression", spot, given)["speed"] == 0.2
        assert params_for("regression", find_instrument("WTI"), given) == {"sister": "BRENT"}
        changed = with_override("regression", spot, given, {"window": 900})
        assert params_for("regression", spot, changed) == {"speed": 0.2, "window": 900}


def test_futures_take_the_overrides_of_their_market_and_nothing_else_does() -> None:
    given = {"HEATING_OIL": {"speed": 0.2}}
    for name in ("HEATING_OIL_FRONT", "HOF27"):
        assert params_for("regression", find_instrument(name), given)["speed"] == 0.2
    for name in ("ULSD", "WTI_FUTURE_1"):
        assert "speed" not in params_for("regression", find_instrument(name), given)
    assert params_for("regression", None, {**given, "window": 900}) == {"window": 900}


def test_an_own_description_of_a_future_keeps_the_overrides_of_its_market(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = {"name": "Gas, from files", "unit": "USD/MMBtu", "calendar": "NYMEX"}
    entry = {"HENRY_HUB_FRONT": {**described, "plausible": [-5.0, 100.0]}}
    (tmp_path / "instruments.yml").write_text(yaml.safe_dump(entry))
    monkeypatch.setenv("WELLHEAD_CSV_DIR", str(tmp_path))
    get_settings.cache_clear()
    front = find_instrument("HENRY_HUB_FRONT")
    assert front.name == "Gas, from files"
    assert params_for("futures", front) == {"strip": "HENRY_HUB_FUTURE"}


def test_hyper_parameters_are_checked_before_anything_is_loaded() -> None:
    check_params("regression", None)
    check_params("regression", {"speed": 0.03, "HENRY_HUB": {"speed": 0.06}})
    check_params("mean-reversion", {"WTI_2026_12": {"speed": 0.03}})
    with pytest.raises(InputError, match=r"no hyper-parameter 'speeed'\. Known: .*speed"):
        check_params("regression", {"speeed": 0.06})
    with pytest.raises(InputError, match="no hyper-parameter 'speeed'"):
        check_params("regression", {"HENRY_HUB": {"speeed": 0.06}})
    with pytest.raises(InputError, match="speed of regression cannot be 'fast'"):
        check_params("regression", {"WTI": {"speed": "fast"}})
    with pytest.raises(InputError, match="growth 'quick'"):
        check_params("prophet", {"growth": "quick"})
    with pytest.raises(UnknownModelError, match="'oracle'"):
        check_params("oracle", {})


def test_the_built_in_table_names_instruments() -> None:
    for commodities in TUNED.values():
        assert set(commodities) <= set(built_in())
