"""The benchmark of accuracy measures what it says, and the reference stands where it should."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from tests.paths import ROOT

PRICES = ROOT.parent / "shared" / "data" / "prices"


@pytest.fixture(scope="module")
def accuracy() -> ModuleType:
    spec = importlib.util.spec_from_file_location("accuracy", ROOT / "benchmarks" / "accuracy.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures(line: str) -> list[float]:
    return [float(word) for word in line.split(" (")[0].split()]


def walk() -> pd.DataFrame:
    days = pd.bdate_range("2010-01-01", "2022-06-15", tz="UTC", name="observed_at")
    steps = np.random.default_rng(1).normal(size=len(days))
    return pd.DataFrame({"value": 100 + steps.cumsum()}, index=days)


def test_no_change_is_one_and_knows_the_days_of_a_running_month(accuracy: ModuleType) -> None:
    by_month = accuracy.monthly("no-change", "WTI", walk())
    now, *ahead = figures(accuracy.ratios(by_month, ("2010", "2099"), True))
    assert ahead == [1.0] * 4
    assert 0.2 < now < 0.8
    by_day = accuracy.daily("no-change", "WTI", walk(), 10)
    assert figures(accuracy.ratios(by_day, ("2010", "2099"), True)) == [1.0] * 4


def test_targets_are_whole_months_and_spring_2020_is_left_out(accuracy: ModuleType) -> None:
    history = walk()
    rows = accuracy.monthly("no-change", "WTI", history)
    averages = history["value"].groupby(history.index.strftime("%Y-%m")).mean()
    month = rows["target"].dt.strftime("%Y-%m")
    np.testing.assert_allclose(rows["actual"], averages.loc[month].to_numpy())
    assert month.max() == "2022-05"  # June goes on
    expected = rows["made_on"].dt.tz_localize(None).dt.to_period("M") + rows["horizon"]
    assert (expected == rows["target"].dt.tz_localize(None).dt.to_period("M")).all()
    hit = rows["made_on"].between("2020-03-01", "2020-07-31", inclusive="both")
    rows.loc[hit, "forecast"] += 1e6
    assert figures(accuracy.ratios(rows, ("2010", "2099"), True))[1:] == [1.0] * 4
    assert figures(accuracy.ratios(rows, ("2010", "2099"), False))[1] > 1e3


def test_each_ratio_is_printed_with_its_goal(accuracy: ModuleType) -> None:
    days = pd.DatetimeIndex(["2013-01-02"], tz="UTC")
    rows = pd.DataFrame({"made_on": days, "target": days, "last": 100.0, "actual": 102.0})
    rows = pd.concat([rows.assign(horizon=1, forecast=101.0), rows.assign(horizon=5, forecast=100)])
    line = accuracy.ratios(rows, ("2012", "2099"), True, (0.25, 0.99))
    assert line == "0.250[0.25*] 1.000[0.99] (1)"


def test_a_combination_turns_to_the_better_model_once_it_is_known_to_be(
    accuracy: ModuleType,
) -> None:
    history = walk()
    good = accuracy.daily("no-change", "WTI", history, 10)
    bad = good.assign(forecast=good["forecast"] + 0.2 * good["last"])
    rows = accuracy.combined({"good": good, "bad": bad}, "constrained", "daily")
    weight = (rows["forecast"] - rows["last"]) / (0.2 * rows["last"])
    far = rows["horizon"] == 63
    first_known = rows.loc[far, "target"].min()
    blind = far & (rows["made_on"] < first_known)
    assert blind.sum() > 3
    np.testing.assert_allclose(weight[blind], 0.5)
    assert weight[rows["horizon"] == 1].iloc[-1] < 0.25
    assert list(rows.columns) == accuracy.COLUMNS


def test_without_prices_it_says_where_it_looked(tmp_path: Path) -> None:
    program = [sys.executable, str(ROOT / "benchmarks" / "accuracy.py"), "--prices", str(tmp_path)]
    output = subprocess.run(program, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert output == f"skipped: {tmp_path} has none of the price files; give --prices FOLDER.\n"


@pytest.mark.skipif(not PRICES.is_dir(), reason=f"there are no prices in {PRICES}")
@pytest.mark.parametrize(
    ("commodity", "months"),
    [
        ("WTI", [0.997, 0.966, 0.927, 0.892]),
        ("BRENT", [0.986, 0.963, 0.937, 0.914]),
        ("HENRY_HUB", [0.950, 0.898, 0.810, 0.669]),
    ],
)
def test_mean_reversion_stands_at_its_published_figures(
    accuracy: ModuleType, commodity: str, months: list[float]
) -> None:
    """Measured elsewhere on the same prices, in logarithms, over a slightly longer period."""
    history = accuracy.read_histories(PRICES)[commodity]
    rows = accuracy.monthly("mean-reversion", commodity, history)
    _, *found = figures(accuracy.ratios(rows, ("2005", "2099"), True))
    np.testing.assert_allclose(found, months, atol=0.015)
