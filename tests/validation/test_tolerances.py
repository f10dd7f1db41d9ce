"""The file of tolerances: every fault in it is one clear error."""

from pathlib import Path

import pytest
import yaml

from tests.isolation import settings_in_use
from wellhead.catalogue.lookup import find_instrument
from wellhead.errors import SettingsError
from wellhead.validation.tolerances import basis_pairs, same_instrument

ENTRY = {"commodities": ["WTI"], "tolerance": 0.01, "share": 1.0, "reason": "Both repeat EIA."}


def test_every_entry_names_instruments_of_the_catalogue() -> None:
    named = [*same_instrument(), *(key for pair in basis_pairs() for key in pair)]
    assert len(named) > 10
    assert [find_instrument(key).key for key in named] == named


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"reason": " "}, "an entry has no reason"),
        ({"tolerance": -0.01}, "tolerance must be 0 or more"),
        ({"share": 1.1}, "share between 0 and 1"),
        ({"share": "most"}, "could not convert"),
    ],
)
def test_a_wrong_entry_is_one_clear_error(fault: dict, words: str, tmp_path: Path) -> None:
    (tmp_path / "expectations").mkdir()
    file = tmp_path / "expectations" / "reconciliation.yml"
    file.write_text(yaml.safe_dump({"same_instrument": [ENTRY | fault], "pairs": []}))
    with (
        settings_in_use(WELLHEAD_HOME=str(tmp_path)),
        pytest.raises(SettingsError, match=rf"reconciliation\.yml is not a list.*{words}"),
    ):
        same_instrument()
