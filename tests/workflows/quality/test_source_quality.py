"""The quality score: what it counts, per batch and per source and day."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.loads import ingest
from tests.workflows.quality.rows import business_days
from wellhead.catalogue.lookup import find_instrument
from wellhead.cli import app
from wellhead.database.digests import stored_digest
from wellhead.database.operations import get_price_data, read_table
from wellhead.errors import ValidationRefusedError
from wellhead.ingestion.base import raw_frame
from wellhead.validation import suites
from wellhead.validation.gate import require
from wellhead.validation.observations.series import LoadedSeries
from wellhead.validation.observations.validate import validate_observations
from wellhead.validation.parsing import parse
from wellhead.workflows.quality.reports import source_quality

MOMENT = pd.Timestamp("2026-01-01", tz="UTC")
BAR = {"open": "60", "high": "61", "low": "59", "volume": "1000"}

# Cells that spoil one row, each for the rule that must catch it. A repeat spoils a second row.
SPOILERS: dict[str, dict[str, Any]] = {
    "row-fits-its-header": {"as_written": "line 9: 2020-12-31,72,04"},
    "date-is-readable": {"observed_at": "31/12/2020"},
    "value-is-a-number": {"value": "n.v."},
    "bar-is-of-numbers": {"volume": "many"},
    "unit-is-stated": {"unit": None},
    "unit-is-the-catalogues": {"unit": "cents/bbl"},
    "value-is-plausible": {"value": "6000"},
    "bar-is-plausible-below": {"low": "-5900"},
    "bar-is-plausible-above": {"high": "6100"},
    "volume-is-not-negative": {"volume": "-1"},
    "day-has-come": {"observed_at": "2060-01-05"},
    "day-is-within-records": {"observed_at": "1760-01-05"},
    "no-time-of-day-is-written": {"observed_at": "2019-01-02T23:00:00Z"},
    "low-not-above-high": {"low": "61", "high": "59", "open": None},
    "open-not-below-low": {"open": "58"},
    "open-not-above-high": {"open": "62"},
}
# What a raw row cannot break: its day is read without the time, and it belongs to a daily series.
UNREACHED = {"day-has-one-value", "day-is-midnight-utc", "day-begins-its-period"}


def seeded(rows: int, bad: int, seed: int) -> tuple[pd.DataFrame, dict[str, int]]:
    """A raw batch with `bad` spoiled rows of all kinds, and how many of each kind."""
    chosen = np.random.default_rng(seed)
    days = pd.bdate_range("1986-01-02", periods=rows).strftime("%Y-%m-%d")
    written = raw_frame(pd.DataFrame({"observed_at": days, "unit": "USD/bbl", **BAR}))
    written["value"] = [f"{value:.2f}" for value in chosen.normal(60, 5, rows)]
    kinds = [*SPOILERS, *chosen.choice(list(SPOILERS), bad - len(SPOILERS))]
    places = chosen.choice(rows, bad, replace=False)
    for turn, (place, kind) in enumerate(zip(places, kinds, strict=True)):
        for name, cell in SPOILERS[kind].items():
            written.loc[place, name] = cell
        if kind in (
            "day-has-come",
            "day-is-within-records",
            "no-time-of-day-is-written",
        ):  # or the spoiled days were repeats
            day = pd.Timestamp(written.loc[place, "observed_at"]) + pd.Timedelta(days=turn)
            time = SPOILERS[kind]["observed_at"][10:]
            written.loc[place, "observed_at"] = f"{day:%Y-%m-%d}{time}"
    return written, {kind: kinds.count(kind) for kind in SPOILERS}


def _validated(written: pd.DataFrame):
    series = LoadedSeries(find_instrument("WTI"), "test", "daily", "same-day-close")
    return validate_observations(written, parse(written), series, MOMENT)


@given(seed=st.integers(0, 2**32), bad=st.integers(20, 400))
@hypothesis_settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
def test_the_score_is_the_share_of_unspoiled_rows_whatever_spoils_them(seed: int, bad: int) -> None:
    written, kinds = seeded(4_000, bad, seed)
    result = _validated(written)
    assert result.score == pytest.approx(1 - bad / 4_000, abs=1e-12)
    caught = result.results.set_index("rule")["caught"]
    for rule, count in kinds.items():
        assert caught[rule] >= count, rule


@given(seed=st.integers(0, 2**32))
@hypothesis_settings(max_examples=4, deadline=None, derandomize=True)
def test_seeded_with_2_5_percent_of_all_kinds_it_reads_97_5_and_refuses(seed: int) -> None:
    result = _validated(seeded(8_000, 200, seed)[0])
    assert 100 * result.score == pytest.approx(97.5, abs=0.05)
    with pytest.raises(ValidationRefusedError, match=r"97\.50%") as refused:
        require(result, "WTI")
    assert set(refused.value.failures) == set(SPOILERS)


def test_no_rejecting_rule_is_left_out() -> None:
    rejecting = {r.name for r in suites.load_suite("observations").rules if r.severity == "reject"}
    assert rejecting == set(SPOILERS) | UNREACHED


class TestStored:
    def test_a_load_with_2_5_percent_is_refused_and_the_store_stays_as_it_was(
        self, write, folder
    ) -> None:
        write("wti", business_days(4_000, "2005-01-03"))
        ingest("WTI", "csv")
        digest = stored_digest("WTI", "csv")
        written, kinds = seeded(4_000, 100, 11)
        lines = written.drop(columns="unit").rename(columns={"observed_at": "date"})
        lines.to_csv(folder / "wti.csv", index=False)  # it has no unit to be wrong, and whole rows
        with pytest.raises(ValidationRefusedError, match="the target is 98%") as refused:
            ingest("WTI", "csv")
        absent = {"unit-is-stated", "unit-is-the-catalogues", "row-fits-its-header"}
        spoiled = 100 - sum(kinds[rule] for rule in absent)
        assert refused.value.score == pytest.approx(1 - spoiled / 4_000)
        assert set(refused.value.failures) == set(SPOILERS) - absent
        assert stored_digest("WTI", "csv") == digest
        assert len(get_price_data("WTI", "2005-01-01", source="csv")) == 4_000

    def test_the_day_of_a_source_reads_97_5_against_the_target(self, write) -> None:
        good = business_days(3_900, "2005-01-03")
        write("wti", [*good, *[f"bad,{number}" for number in range(100)]])
        with pytest.raises(ValidationRefusedError):
            ingest("WTI", "csv")
        (day,) = source_quality().to_dict("records")
        assert 100 * day["quality_score"] == pytest.approx(97.5, abs=0.05)
        assert (day["source"], day["rows_checked"], day["rows_rejected"]) == ("csv", 4_000, 100)
        assert (day["batches"], day["batches_refused"], day["reached"]) == (1, 1, False)
        printed = CliRunner().invoke(app, ["quality"]).output
        assert "against the target of 98 %" in printed
        assert "97.50%" in printed

    def test_a_day_sums_its_loads_and_leaves_replays_and_missing_days_out(self, write) -> None:
        write("wti", [*business_days(98), "2021-12-01,x", "2021-12-02,y", "2021-12-03,."])
        write("brent", business_days(100))
        ingest("WTI", "csv")
        ingest("BRENT", "csv")
        (day,) = read_table("source_quality").to_dict("records")
        assert (day["batches"], day["rows_checked"], day["rows_rejected"]) == (2, 200, 2)
        assert day["quality_score"] == pytest.approx(0.99)

    def test_days_and_sources_are_kept_apart(self, write, monkeypatch) -> None:
        from wellhead.workflows.loading import ingest as loading

        write("wti", business_days(100))
        for day in ("2026-01-05T23:30Z", "2026-01-06T00:30Z"):
            monkeypatch.setattr(loading, "now", lambda day=day: pd.Timestamp(day))
            ingest("WTI", "csv")
        assert source_quality("csv")["day"].dt.strftime("%Y-%m-%d").tolist() == [
            "2026-01-05",
            "2026-01-06",
        ]
        assert source_quality("eia").empty
