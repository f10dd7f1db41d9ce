"""`wellhead steo`: load, load again, compare; without issues it prints how to load them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.commands import run_wellhead
from tests.paths import ROOT
from wellhead.catalogue.outlook import HOW_TO_LOAD
from wellhead.database.server import embedded
from wellhead.workflows.publishing.commodity_page import steo_part
from wellhead.workflows.publishing.html import templates


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with prices and issues, and settings that lead to a database in it."""
    folder = tmp_path_factory.mktemp("steo")
    (folder / "prices").mkdir()
    days = pd.bdate_range("2015-01-01", "2020-12-31")
    value = 60 + np.random.default_rng(11).normal(size=len(days)).cumsum()
    prices = pd.DataFrame({"date": days.strftime("%Y-%m-%d"), "value": value.round(2)})
    prices.to_csv(folder / "prices" / "wti.csv", index=False)
    issues = pd.period_range("2018-06", "2020-06", freq="M")
    rows = [
        (str(issue), "WTIPUUS", str(issue + h), 60.0, "forecast")
        for issue in issues
        for h in range(7)
    ]
    columns = ["steo_issue", "series", "period", "value", "kind"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "steo.csv", index=False)
    settings = {
        "WELLHEAD_VAR_DIR": str(folder / "var"),
        "WELLHEAD_CSV_DIR": str(folder / "prices"),
        "WELLHEAD_PROCESSES": "1",
    }
    embedded.start(folder / "var")  # it stays up between the commands
    return folder, settings


def test_load_and_compare(own: tuple[Path, dict[str, str]]) -> None:
    folder, settings = own
    compare = ("steo", "compare", "WTI", "--source", "csv", "--models", "drift")
    nothing = run_wellhead(*compare, **settings)
    assert nothing.returncode == 0, nothing.stderr
    assert nothing.stdout.strip().endswith(HOW_TO_LOAD)

    spoilt = (folder / "steo.csv").read_text().replace("2020-06,60.0", "2020-06,6O.0", 1)
    (folder / "spoilt.csv").write_text(spoilt)
    refused = run_wellhead("steo", "load", str(folder / "spoilt.csv"), **settings)
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "value-is-a-number" in refused.stderr

    for new in (175, 0):
        loaded = run_wellhead("steo", "load", str(folder / "steo.csv"), **settings)
        assert loaded.returncode == 0, loaded.stderr
        assert f"25 issues, 2018-06 to 2020-06, of WTI: 175 rows, {new} new." in loaded.stdout

    ingested = run_wellhead("ingest", "--source", "csv", "--series", "WTI", **settings)
    assert ingested.returncode == 0, ingested.stderr
    found = run_wellhead(*compare, COLUMNS="20", **settings)  # no terminal: nothing is cut
    assert found.returncode == 0, found.stderr
    lines = {line.split("│")[1].strip(): line for line in found.stdout.splitlines() if "│" in line}
    assert lines["issues"].count("25") == 5  # horizons 0, 1, 2, 3 and 6
    assert {"drift", "no-change"} <= set(lines)
    wrong = run_wellhead(*compare[:-1], "gpt", **settings)
    assert "'gpt' is not registered" in wrong.stderr
    environment = yaml.safe_load((ROOT / "env.test.yaml").read_text())
    environment["models"] = {"no-change": {}, "seasonal": {}}
    (folder / "env.yaml").write_text(yaml.safe_dump(environment))
    ours = run_wellhead(*compare[:-2], "--env", str(folder / "env.yaml"), **settings)
    assert ours.returncode == 0, ours.stderr
    assert "seasonal" in ours.stdout
    assert "drift" not in ours.stdout


def _page(scores: pd.DataFrame) -> str:
    part = steo_part(scores, "drift")
    site = templates()
    return site.get_template("steo.html.j2").render(steo=part, how_to_load_steo=HOW_TO_LOAD)


def test_the_page_shows_who_was_closer_and_without_issues_how_to_load_them() -> None:
    rows = [
        ("no-change", 0, 1.25, 0.9),
        ("no-change", 3, 1.1, None),
        ("drift", 0, 0.8, 0.03),
        ("drift", 3, 0.95, None),
    ]
    scores = pd.DataFrame(rows, columns=["model", "horizon", "rmse_ratio", "dm_p_value"])
    shown = " ".join(_page(scores.assign(issues=[48, 36] * 2)).split())
    assert "<th>0 (48)</th><th>3 (36)</th>" in shown
    best = '<tr class="best"><td>drift</td> <td>0.80 (0.03)</td><td>0.95</td></tr>'
    assert best in shown
    assert shown.index(best) < shown.index("<td>1.25 (0.90)</td><td>1.10</td>")
    assert "wellhead steo load FILE" in _page(scores.head(0).assign(issues=[]))
    assert "wellhead steo load FILE" not in shown
