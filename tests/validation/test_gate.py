"""The gate: scores, refusals and what it lets pass."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from wellhead.catalogue.lookup import find_instrument
from wellhead.errors import SettingsError, ValidationRefusedError
from wellhead.ingestion.base import raw_frame
from wellhead.settings import get_settings
from wellhead.validation import suites
from wellhead.validation.gate import ValidationResult, require
from wellhead.validation.observations.series import LoadedSeries
from wellhead.validation.observations.validate import validate_observations
from wellhead.validation.parsing import parse

WTI = LoadedSeries(find_instrument("WTI"), "test", "daily", "same-day-close")
MOMENT = pd.Timestamp("2030-01-01", tz="UTC")


def _batch(values: list[object], **columns: object) -> pd.DataFrame:
    days = pd.bdate_range("1986-01-02", periods=len(values)).astype(str)
    return raw_frame(
        pd.DataFrame({"observed_at": days, "value": values, "unit": "USD/bbl", **columns})
    )


def _validated(raw: pd.DataFrame) -> ValidationResult:
    return validate_observations(raw, parse(raw), WTI, MOMENT)


def _prices(count: int) -> list[object]:
    return list(60 + np.sin(np.arange(count)))


def test_a_clean_batch_scores_one_and_passes_whole() -> None:
    rows = _batch([*_prices(300), -36.98, 0.0])
    result = _validated(rows)
    assert result.score == 1.0
    assert result.passed["value"].tolist() == rows["value"].tolist()
    require(result, "a clean batch")


def test_a_batch_with_2_5_percent_bad_rows_reads_97_5_and_is_refused() -> None:
    values = _prices(10_000)
    for position in range(0, 10_000, 40):
        values[position] = "broken" if position % 80 else 99_999
    result = _validated(_batch(values))
    assert 100 * result.score == pytest.approx(97.5, abs=0.05)
    with pytest.raises(ValidationRefusedError, match=r"97\.50%") as refused:
        require(result, "WTI")
    assert refused.value.failures == {"value-is-a-number": 125, "value-is-plausible": 125}


def test_one_bad_row_in_a_hundred_is_set_aside_and_the_rest_is_taken() -> None:
    values = _prices(100)
    values[7] = "n.v."
    result = _validated(_batch(values))
    require(result, "WTI")
    assert result.caught.to_dict("records") == [{"row_number": 7, "rule": "value-is-a-number"}]
    assert len(result.passed) == 99


def test_a_row_that_breaks_two_rules_lowers_the_score_once() -> None:
    rows = _batch(_prices(100))
    rows.loc[3, "value"] = 99_999
    rows.loc[3, "observed_at"] = "2031-01-01"
    assert _validated(rows).score == pytest.approx(0.99)


def test_a_whole_series_in_cents_is_refused_though_every_row_is_plausible() -> None:
    cents = [float(price) * 5 for price in _prices(300)]
    result = _validated(_batch(cents))
    assert result.score == 1.0
    with pytest.raises(ValidationRefusedError, match="level-is-usual"):
        require(result, "WTI")


def test_a_single_day_far_from_the_usual_level_is_accepted() -> None:
    require(_validated(_batch([-36.98])), "the day of 2020-04-20")


def test_a_jump_is_flagged_and_never_rejected() -> None:
    result = _validated(_batch([*_prices(300), -36.98]))
    flagged = result.results.set_index("rule")["caught"]
    assert flagged["change-is-usual"] == 1
    assert result.score == 1.0


def test_a_bar_whose_low_lies_above_its_high_is_rejected_and_a_close_outside_it_is_not() -> None:
    rows = _batch([18.0, -37.63], high=["19", "17.85"], low=["20", "-40.32"])
    result = _validated(rows)
    assert result.caught["rule"].tolist() == ["low-not-above-high"]
    assert result.passed["value"].tolist() == [-37.63]


def test_an_empty_frame_has_nothing_to_fail() -> None:
    assert _validated(_batch([])).score == 1.0


@pytest.mark.parametrize(
    ("field", "wrong", "message"),
    [
        ("severity", "maybe", "'maybe' is not reject, refuse or flag"),
        ("reason", " ", "row-fits-its-header has no reason"),
    ],
)
def test_a_suite_that_cannot_be_read_is_one_clear_error(
    field: str, wrong: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = get_settings().home / "expectations" / "observations.yml"
    document = yaml.safe_load(path.read_text())
    document["rules"][0][field] = wrong
    (tmp_path / "expectations").mkdir()
    (tmp_path / "expectations" / "observations.yml").write_text(yaml.safe_dump(document))
    monkeypatch.setenv("WELLHEAD_HOME", str(tmp_path))
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match=message):
        suites.load_suite("observations")
    monkeypatch.undo()
    get_settings.cache_clear()
