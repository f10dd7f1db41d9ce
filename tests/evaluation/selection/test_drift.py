"""A champion that decays is seen, by horizon, and gives way to no-change with an alarm."""

import numpy as np
import pandas as pd
import pytest

from tests.evaluation.frames import no_change, walk
from wellhead.errors import NoDataError
from wellhead.evaluation.selection.drift import decay, demotion, drift_by_horizon


def ledger(late_bias: float, seed: int = 0) -> pd.DataFrame:
    """A model that is as good as no-change, and off by `late_bias` at horizon 5 in the end."""
    frame = no_change(walk(seed, 500), (1, 5), "arima")
    late = frame["horizon"].eq(5) & frame["made_at"].gt(frame["made_at"].iloc[300])
    frame["mean"] += np.random.default_rng(seed).normal(scale=0.02, size=len(frame))
    frame.loc[late, "mean"] += late_bias
    return frame


def test_a_decayed_horizon_is_found_and_no_other() -> None:
    drift = drift_by_horizon(ledger(late_bias=3.0))
    assert drift["alarm"].tolist() == [False, True]
    assert drift.loc[5, "mspe_ratio"] > 1.5
    assert drift.loc[1, "outcomes"] == 120
    decision = demotion("arima", decay(drift))
    assert decision is not None
    assert decision.model == "no-change"
    assert decision.reason.startswith("ALARM: arima is no longer champion")
    assert "at horizon 5" in decision.reason
    assert "at horizon 1 " not in decision.reason


@pytest.mark.parametrize("seed", range(5))
def test_a_champion_as_good_as_no_change_stays(seed: int) -> None:
    drift = drift_by_horizon(ledger(late_bias=0.0, seed=seed))
    assert not drift["alarm"].any()
    assert decay(drift) == ""
    assert demotion("arima", decay(drift)) is None


def test_no_change_is_never_demoted() -> None:
    assert demotion("no-change", decay(drift_by_horizon(ledger(late_bias=3.0)))) is None


def test_what_is_long_past_is_forgotten() -> None:
    frame = ledger(late_bias=3.0)
    frame["mean"] = frame["mean"].where(
        frame["made_at"] < frame["made_at"].iloc[370], frame["last_value"]
    )
    assert not drift_by_horizon(frame)["alarm"].any()


def test_the_ratio_is_of_the_newest_outcomes() -> None:
    frame = ledger(late_bias=3.0)
    row = drift_by_horizon(frame, window=50).loc[1]
    newest = frame.query("horizon == 1").dropna(subset="actual").tail(50)
    ours, theirs = (
        ((newest["actual"] - newest[name]) ** 2).mean() for name in ("mean", "last_value")
    )
    assert row["outcomes"] == 50
    assert row["mspe_ratio"] == pytest.approx(ours / theirs)


def test_without_outcomes_there_is_nothing_to_watch() -> None:
    with pytest.raises(NoDataError, match="no outcome"):
        drift_by_horizon(ledger(0).assign(actual=np.nan))
