"""Each forecast's change is explained, from the ledger and the registry."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.loads import ingest
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.database.ledger import newest_forecast
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.selection.attribution import PARTS
from wellhead.tracking.client import client
from wellhead.workflows.forecasting.changes import explain_changes
from wellhead.workflows.forecasting.forecast import forecast
from wellhead.workflows.modelling.combination import combine_trained
from wellhead.workflows.modelling.training import train

WTI = find_instrument("WTI")
PLAN = BacktestPlan(start="2023-01-02", step=5, horizon=21, months=2, targets=tuple(Target))
DAYS = pd.bdate_range("2018-01-01", "2023-10-31")
PRICES = pd.Series(60 + np.random.default_rng(3).normal(size=len(DAYS)).cumsum(), DAYS)

Run = Callable[..., pd.DataFrame]


@pytest.fixture
def run(write: Callable[[str, list[str]], None], tmp_path: Path) -> Run:
    """Loads prices up to a day, trains, combines and forecasts; returns the changes."""

    def run_once(until: str, revised: dict[str, float] | None = None, window: int = 250):
        known = PRICES[:until].copy()
        known.update(pd.Series({pd.Timestamp(day): to for day, to in (revised or {}).items()}))
        write("WTI", [f"{day:%Y-%m-%d},{price:.2f}" for day, price in known.items()])
        ingest("WTI", "csv")
        made = {"no-change": {}, "drift": {"drift_window": window}}
        files = {name: _files(tmp_path, name) for name in [*made, "combination"]}
        for name, params in made.items():
            train(WTI, name, "csv", plan=PLAN, params=params, to=files[name])
        trained, backtests = ([files[m][k] for m in made] for k in ("trained", "backtest"))
        combine_trained(WTI, trained, backtests, to=files["combination"])
        ways = {k: str(tmp_path / k) for k in ("forecast", "csv", "changes")}
        forecasts = forecast(WTI, [*trained, files["combination"]["trained"]], to=ways)
        explain_changes(forecasts, to=ways)
        return pd.read_parquet(ways["changes"])

    return run_once


def _files(folder: Path, model: str) -> dict[str, str]:
    return {kind: str(folder / f"WTI-{model}.{kind}") for kind in ("backtest", "trained")}


def test_every_change_is_explained_by_its_causes(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    assert run("2023-09-29").empty  # a first forecast has nothing to be compared with
    days = run("2023-10-04").query("target_kind == 'daily'")
    assert set(days["model"]) == {"no-change", "drift", "combination"}
    moved = PRICES["2023-10-04"] - PRICES["2023-09-29"]
    daily = days[days["model"] == "no-change"]
    np.testing.assert_allclose(daily["new_data"], moved, atol=0.011)
    np.testing.assert_allclose(daily[["revised_data", "changed_model"]], 0, atol=1e-9)
    assert (days["after"] - days["before"] - days[list(PARTS)].sum(axis=1)).abs().max() < 1e-9

    last = "2023-10-04"
    changes = run(last, {last: 90.0})
    _assert_as_in_the_ledger(changes)
    revised = changes.query("target_kind == 'daily' and model == 'no-change'")
    np.testing.assert_allclose(revised["revised_data"], 90 - PRICES[last], atol=0.011)
    np.testing.assert_allclose(revised[["new_data", "changed_model"]], 0, atol=1e-9)

    other = run("2023-10-05", {last: 90.0}, window=40).query("target_kind == 'daily'")
    changed = other.groupby("model")["changed_model"].apply(lambda part: part.abs().max())
    assert changed["drift"] > 0.01
    assert changed["no-change"] == pytest.approx(0, abs=1e-9)
    assert changed["combination"] > 0.001

    gone = other.loc[other["model"] == "drift", "model_version"].iloc[0]
    client().delete_model_version("WTI-daily", gone)
    left = run("2023-10-06", {last: 90.0}, window=40).query("target_kind == 'daily'")
    assert set(left["model"]) == {"no-change", "combination"}
    assert f"version {gone} of WTI-daily" in caplog.text


def _assert_as_in_the_ledger(changes: pd.DataFrame) -> None:
    """`before` is what the ledger says, whatever has been loaded since."""
    for (model, target), rows in changes.groupby(["model", "target_kind"]):
        version = rows["previous_version"].iloc[0]
        stored = pd.DataFrame(newest_forecast("WTI", Target(target), model, version))
        both = rows.merge(stored, on="target_at", suffixes=("", "_stored"))
        assert len(both) == len(rows) > 0
        np.testing.assert_allclose(both["before"], both["mean"], rtol=1e-12)
