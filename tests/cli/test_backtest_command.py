"""`wellhead backtest`: any series, without database and network; each error is one line."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.commands import Ended, call_wellhead, run_wellhead
from tests.paths import ROOT
from wellhead.tables import STATISTICS

NOWHERE = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "WELLHEAD_PROCESSES": "1"}
WHEN = ("--start", "2019-01-01", "--models", "drift")


def prices(days: pd.DatetimeIndex | None = None) -> pd.DataFrame:
    """A walk that goes below zero, on weekdays."""
    dates = pd.bdate_range("2015-01-01", "2019-12-31") if days is None else days
    values = 20 + np.random.default_rng(7).normal(size=len(dates)).cumsum()
    return pd.DataFrame({"date": dates.strftime("%Y-%m-%d"), "value": values.round(2)})


def _run(
    csv: Path,
    out: Path,
    target: str = "daily",
    *more: str,
    run: Callable[..., Ended] = call_wellhead,
) -> Ended:
    options = ("--csv", str(csv), "--target", target, *(more or WHEN), "--out", str(out))
    return run("backtest", *options, **NOWHERE)


def _error(ended: Ended) -> str:
    assert ended.returncode != 0
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("error: ")
    return lines[0]


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results for days, from every session."""
    folder = tmp_path_factory.mktemp("daily")
    prices().to_csv(folder / "prices.csv", index=False)
    done = _run(folder / "prices.csv", folder / "out", run=run_wellhead)
    assert done.returncode == 0, done.stderr
    (folder / "printed.txt").write_text(done.stdout + done.stderr)
    return folder


def test_forecasts_of_days(daily: Path) -> None:
    made = pd.read_csv(daily / "out" / "forecasts.csv", parse_dates=["made_at", "target"])
    assert list(made.columns) == [
        "made_at",
        "target",
        "horizon",
        "model",
        *STATISTICS,
        "actual",
    ]
    assert set(made["model"]) == {"no-change", "drift"}
    assert made["horizon"].max() == 63
    file = prices().assign(date=lambda rows: pd.to_datetime(rows["date"])).set_index("date")
    known = made.dropna(subset="actual")
    assert known["actual"].tolist() == file["value"].reindex(known["target"]).tolist()
    assert made["made_at"].nunique() == 261  # the weekdays of 2019
    origin = made[made["model"] == "no-change"].drop_duplicates("made_at")
    days = origin["made_at"].dt.tz_localize(None).dt.normalize()
    assert origin["mean"].tolist() == file["value"].reindex(days).tolist()
    assert (made["mean"] < 0).any()
    assert (made[list(STATISTICS[1:])].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_scores_are_those_of_the_forecasts(daily: Path) -> None:
    scores = pd.read_csv(daily / "out" / "scores.csv").set_index(["model", "horizon", "metric"])
    made = pd.read_csv(daily / "out" / "forecasts.csv").dropna(subset="actual")
    last = made[made["model"] == "no-change"].set_index(["made_at", "horizon"])["mean"]
    ours = made[made["model"] == "drift"].set_index(["made_at", "horizon"])
    at = ours.xs(21, level="horizon")
    base = last.xs(21, level="horizon")
    ratio = ((at["mean"] - at["actual"]) ** 2).mean() / ((base - at["actual"]) ** 2).mean()
    assert scores.loc[("drift", 21, "mspe_ratio"), "value"] == pytest.approx(ratio, rel=1e-6)
    assert scores.loc[("no-change", 21, "mspe_ratio"), "value"] == 1
    printed = (daily / "printed.txt").read_text()
    assert "MSPE ratio to no-change from the last daily price, 261 origins" in printed
    row = next(line for line in printed.splitlines() if line.startswith("│ drift "))
    assert f"{ratio:.3f}" in row


def test_progress_and_the_instrument_of_the_file_are_printed(daily: Path) -> None:
    printed = (daily / "printed.txt").read_text()
    assert "taken as an instrument without an entry; sessions of calendar weekdays" in printed
    assert "522 of 522 forecasts" in printed


def test_models_come_from_the_env_file_and_every_calendar_is_known(tmp_path: Path) -> None:
    prices().to_csv(tmp_path / "prices.csv", index=False)
    environment = yaml.safe_load((ROOT / "env.test.yaml").read_text())
    environment["models"] = {"no-change": {}, "mean-reversion": {}}
    (tmp_path / "env.yaml").write_text(yaml.safe_dump(environment))
    chosen = ("--start", "2019-10-01", "--env", str(tmp_path / "env.yaml"))
    done = _run(tmp_path / "prices.csv", tmp_path / "out", "daily", *chosen, "--calendar", "NYMEX")
    assert done.returncode == 0, done.stderr
    assert "sessions of calendar NYMEX" in done.stdout
    scored = pd.read_csv(tmp_path / "out" / "scores.csv")["model"]
    assert set(scored) == {"no-change", "mean-reversion"}


def test_a_price_that_never_moves_has_no_ratio_and_the_reason_is_printed(tmp_path: Path) -> None:
    prices().assign(value=20.0).to_csv(tmp_path / "prices.csv", index=False)
    chosen = ("--start", "2019-10-01", "--models", "drift")
    done = _run(tmp_path / "prices.csv", tmp_path / "out", "daily", *chosen)
    assert done.returncode == 0, done.stderr
    assert "nan: there is no ratio where no-change made no error" in done.stdout


def test_months(tmp_path: Path) -> None:
    walk = prices()["value"]
    gas = prices().assign(value=(3 + (walk - walk.median()) / 20).round(3))  # a usual level of gas
    gas.to_csv(tmp_path / "henry_hub_spot_daily.csv", index=False)
    done = _run(tmp_path / "henry_hub_spot_daily.csv", tmp_path / "out", "monthly")
    assert done.returncode == 0, done.stderr
    assert "taken as HENRY_HUB; sessions of calendar NYSE" in done.stdout
    made = pd.read_csv(tmp_path / "out" / "forecasts.csv", parse_dates=["made_at", "target"])
    assert made["made_at"].nunique() == 12
    assert sorted(made["horizon"].unique()) == list(range(13))
    assert (made["target"].dt.day == 1).all()
    file = gas.assign(date=lambda rows: pd.to_datetime(rows["date"])).set_index("date")
    months = file["value"].resample("MS").mean()
    known = made.dropna(subset="actual")
    assert known["actual"].to_numpy() == pytest.approx(months.reindex(known["target"]).to_numpy())
    assert known["target"].max() == pd.Timestamp("2019-12-01")


def test_an_untidy_file_gives_the_same_as_the_tidy_one(daily: Path, tmp_path: Path) -> None:
    """Unsorted, one day twice with its value, days listed without a value, a byte-order mark."""
    tidy = prices()
    untidy = pd.concat([tidy, tidy.iloc[[5]]]).sample(frac=1, random_state=0).astype(str)
    untidy.loc[len(untidy)] = ["2019-12-25T00:00:00", "."]
    untidy.loc[len(untidy)] = ["2016-02-06", ""]
    (tmp_path / "prices.csv").write_text("\ufeff" + untidy.to_csv(index=False))
    done = _run(tmp_path / "prices.csv", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    for name in ("forecasts.csv", "scores.csv"):
        assert (tmp_path / "out" / name).read_text() == (daily / "out" / name).read_text()


def test_days_without_a_price_have_no_outcome(tmp_path: Path) -> None:
    gone = prices()["date"].between("2019-03-04", "2019-03-08")
    prices()[~gone].to_csv(tmp_path / "prices.csv", index=False)
    done = _run(tmp_path / "prices.csv", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    made = pd.read_csv(tmp_path / "out" / "forecasts.csv")
    within = made["target"].between("2019-03-04", "2019-03-08")
    assert made[within]["actual"].isna().all()
    before = made["target"].between("2019-01-01", "2019-12-31") & ~within
    assert made[before]["actual"].notna().all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("day,price\n2019-01-01,1\n", "lacks the column date and value"),
        ("", "is empty"),
        ("date,value\n", "no rows"),
        ("date,value\n2019-01-01,.\n", "has no prices"),
        ("date,value\n2019-01-01,70\n02/01/2019,71\n", "date-is-readable: '02/01/2019' (1)"),
        ("date,value\n02/01/2019,71\n", "line 2: date '02/01/2019' may be the day or the month"),
        ("date,value\n2019-01-01,70\n2019-01-02,7O\n", "value-is-a-number: '7O' (1)"),
        ("date,value\n2019-01-01,70\n2019-01-02,inf\n", "value-is-a-number: 'inf' (1)"),
        ("date,value\n2019-01-01,70\n2019-01-01,71\n", "day-has-one-value (2 rows)"),
        ("date,value\n2019-01-01,7,5\n2019-01-02,7,6\n", "decimal comma?"),
        ("date,value\n2018-01-01,70\n2018-02-01,7\n2018-03-01,7\n", "a price every 30 days"),
        ("date,value\n2019-01-01,70\n2019-01-02,71\n", "needs 63 observations"),
    ],
)
def test_a_bad_file_is_one_line(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text(text)
    line = _error(_run(tmp_path / "prices.csv", tmp_path / "out"))
    assert words in line
    assert not (tmp_path / "out" / "forecasts.csv").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--start", "soon"), "start 'soon' is not a date"),
        (("--start", "2019-01-01", "--end", "2018-01-01"), "swap them"),
        (("--start", "2031-01-01"), "no price was released from 2031-01-01 on"),
        ((*WHEN[:2], "--models", "arima,gpt"), "'gpt' is not registered"),
        ((*WHEN, "--commodity", "GOLD"), "'GOLD' is not in the catalogue"),
        ((*WHEN, "--covariates", "nowhere"), "no folder nowhere"),
        ((*WHEN, "--window", "20"), "give a longer window"),
        ((*WHEN, "--calendar", "NYSEE"), "one of: NYSE, LSE, NYMEX, SIFMA, weekdays, everyday"),
        ((*WHEN, "--env", "nowhere.yaml"), "nowhere.yaml cannot be read"),
    ],
)
def test_a_bad_request_is_one_line(options: tuple[str, ...], words: str, tmp_path: Path) -> None:
    prices().to_csv(tmp_path / "prices.csv", index=False)
    assert words in _error(_run(tmp_path / "prices.csv", tmp_path / "out", "daily", *options))


def test_places_that_do_not_exist(tmp_path: Path) -> None:
    assert "there is no file" in _error(
        _run(tmp_path / "nothing.csv", tmp_path / "out", run=run_wellhead)
    )
    prices().to_csv(tmp_path / "prices.csv", index=False)
    assert "is a file: name a folder" in _error(
        _run(tmp_path / "prices.csv", tmp_path / "prices.csv")
    )
