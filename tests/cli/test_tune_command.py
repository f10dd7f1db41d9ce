"""`wellhead tune`: searches, prints what to write into env.yaml and whether to, logs to MLflow."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.commands import call_wellhead, run_wellhead
from tests.paths import ROOT
from wellhead.catalogue.lookup import find_instrument
from wellhead.database.server import embedded
from wellhead.models import create
from wellhead.models.tuned import TUNED, params_for

ASKED = ("tune", "mean-reversion", "--commodity", "HENRY_HUB", "--source", "csv")
PAST = ("--before", "2017-06-01", "--since", "2015-01-02", "--folds", "2", "--step", "20")
SHORT = (*PAST, "--trials", "6")

NEWEST_RUN = """
import json
from wellhead.tracking.client import client, mlflow
experiment = client().get_experiment_by_name("wellhead-HENRY_HUB")
(run,) = client().search_runs(
    [experiment.experiment_id], order_by=["attributes.start_time DESC"], max_results=1)
def text(name):
    return mlflow().artifacts.load_text(f"{run.info.artifact_uri}/{name}")
print(json.dumps(
    {"name": run.info.run_name, "status": run.info.status, "tags": run.data.tags,
     "params": run.data.params, "metrics": run.data.metrics, "trials": text("trials.csv"),
     "folds": text("folds.csv"), "lines": text("env.yaml")}))
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings that lead to a database of its own with a price that reverts quickly."""
    folder = tmp_path_factory.mktemp("tune")
    (folder / "prices").mkdir()
    days, price = pd.bdate_range("2012-01-02", "2018-06-29"), [3.0]
    for noise in np.random.default_rng(2).normal(scale=0.08, size=len(days) - 1):
        price.append(price[-1] + 0.2 * (3 - price[-1]) + noise)
    rows = pd.DataFrame({"date": days.strftime("%Y-%m-%d"), "value": np.round(price, 3)})
    rows.to_csv(folder / "prices" / "henry_hub.csv", index=False)
    settings = {
        "WELLHEAD_VAR_DIR": str(folder / "var"),
        "WELLHEAD_CSV_DIR": str(folder / "prices"),
        "WELLHEAD_PROCESSES": "1",
    }
    embedded.start(folder / "var")  # it stays up between the commands
    loaded = run_wellhead("ingest", "--source", "csv", "--series", "HENRY_HUB", **settings)
    assert loaded.returncode == 0, loaded.stderr
    return settings


@pytest.fixture(scope="module")
def searched(own: dict[str, str]) -> tuple[str, dict]:
    """What a search printed, and the run that MLflow has of it."""
    before = (ROOT / "env.yaml").read_bytes()
    done = run_wellhead(*ASKED, *SHORT, **own)
    assert done.returncode == 0, done.stderr
    assert "6 of 6 trials" in done.stderr
    assert (ROOT / "env.yaml").read_bytes() == before
    asked = subprocess.run(
        [sys.executable, "-c", NEWEST_RUN],
        env={**os.environ, **own},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    return done.stdout, json.loads(asked.stdout)


@pytest.fixture(scope="module")
def printed(searched: tuple[str, dict]) -> str:
    return searched[0]


@pytest.fixture(scope="module")
def kept(searched: tuple[str, dict]) -> dict:
    return searched[1]


def _lines(printed: str) -> dict:
    """The lines for env.yaml among what was printed."""
    _, start, rest = printed.partition("models:\n")
    return yaml.safe_load(start + rest)["models"]


def test_it_prints_the_past_the_sets_and_whether_there_is_a_reason(printed: str) -> None:
    assert "mean-reversion on HENRY_HUB (daily): 6 trials" in printed
    assert "in 2 folds from 2015-01-02 to 2017-0" in printed
    assert "prices known to 2017-05-31" in printed
    for words in ("The best sets and the present one", "by horizon", "by fold", "present"):
        assert words in printed
    assert "The best of 5 other sets has a loss lower by" in printed
    assert "Nothing has been changed." in printed


def test_the_printed_lines_put_the_best_set_in_force(printed: str, kept: dict) -> None:
    models = _lines(printed)
    in_force = params_for("mean-reversion", find_instrument("HENRY_HUB"), models["mean-reversion"])
    trials = pd.read_csv(io.StringIO(kept["trials"]))
    best = trials.loc[trials["loss"].idxmin()]
    assert set(in_force) == set(trials) - {"number", "state", "loss", "folds"}
    assert in_force == {name: best[name] for name in in_force}
    assert best["number"] > 0
    create("mean-reversion", **in_force)
    others = params_for("mean-reversion", find_instrument("WTI"), models["mean-reversion"])
    assert others == params_for("mean-reversion", find_instrument("WTI"))


def test_mlflow_keeps_every_trial_and_what_it_was_made_of(kept: dict) -> None:
    assert kept["name"] == "tune mean-reversion HENRY_HUB (daily)"
    assert kept["status"] == "FINISHED"
    tags, params, metrics = kept["tags"], kept["params"], kept["metrics"]
    assert (tags["model"], tags["source"], tags["data_as_of"]) == (
        "mean-reversion",
        "csv",
        "2017-05-31",
    )
    assert len(tags["code_version"]) == 16
    assert (params["tuning.seed"], params["tuning.trials"], params["tuning.step"]) == (
        "0",
        "6",
        "20",
    )
    tuned = TUNED["mean-reversion"]["HENRY_HUB"]
    assert float(params["present.speed"]) == tuned["speed"]
    trials = pd.read_csv(io.StringIO(kept["trials"]))
    assert trials["number"].tolist() == list(range(6))
    assert trials.loc[0, "speed"] == tuned["speed"]
    assert metrics["present_loss"] == pytest.approx(trials.loc[0, "loss"])
    assert metrics["best_loss"] == pytest.approx(trials["loss"].min())
    assert len(pd.read_csv(io.StringIO(kept["folds"]))) == 2
    assert yaml.safe_load(kept["lines"])["models"]["mean-reversion"]["HENRY_HUB"]


def test_the_same_seed_prints_the_same_and_only_narrows_the_search(
    own: dict[str, str], printed: str
) -> None:
    assert run_wellhead(*ASKED, *SHORT, **own).stdout == printed
    monthly = (*PAST, "--trials", "2", "--target", "monthly", "--only", "speed")
    narrow = run_wellhead(*ASKED, *monthly, **own)
    assert narrow.returncode == 0, narrow.stderr
    assert "HENRY_HUB (monthly): 2 trials" in narrow.stdout
    assert "short_weight" not in narrow.stdout


def test_the_present_set_and_the_past_come_from_the_env_file(
    own: dict[str, str], tmp_path: Path
) -> None:
    environment = yaml.safe_load((ROOT / "env.test.yaml").read_text())
    environment["models"]["mean-reversion"] = {"HENRY_HUB": {"speed": 0.123}}
    environment["backtest"]["start"] = "2017-06-01"
    (tmp_path / "env.yaml").write_text(yaml.safe_dump(environment))
    done = run_wellhead(
        *ASKED,
        *PAST[2:],
        "--trials",
        "2",
        "--only",
        "speed",
        "--env",
        str(tmp_path / "env.yaml"),
        **own,
    )
    assert done.returncode == 0, done.stderr
    assert "prices known to 2017-05-31" in done.stdout
    assert "0.123" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no-change", *ASKED[2:]), "no-change has nothing to tune. Choose one of: drift,"),
        (("gpt", *ASKED[2:]), "'gpt' is not registered"),
        ((*ASKED[1:], "--only", "depth"), "no 'depth' to tune. Choose from: speed, window"),
        ((*ASKED[1:], "--before", "soon"), "before 'soon' is not a date"),
        ((*ASKED[1:],), "load more of the past"),  # the backtest in env.yaml starts in 2012
        ((*ASKED[1:], "--env", "nowhere.yaml"), "nowhere.yaml cannot be read"),
        (("drift", "--commodity", "BRENT", "--source", "csv"), "no daily observations of BRENT"),
    ],
)
def test_a_bad_request_is_one_line(
    own: dict[str, str], arguments: tuple[str, ...], words: str
) -> None:
    ended = call_wellhead("tune", *arguments, **own)
    assert ended.returncode != 0
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith("error: ")
    assert words in line
