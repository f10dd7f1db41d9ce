"""What the first run leaves behind: every table, every file, every page."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.paths import ROOT
from tests.workbench import SECRET
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.catalogue.targets import Target
from wellhead.database.operations import get_price_data, get_vintages, read_table
from wellhead.features import as_of, build_features, feature_table
from wellhead.pipeline.processors import workers
from wellhead.tables import STATISTICS
from wellhead.tracking.client import mlflow
from wellhead.workflows.forecasting.serving import ServedForecast, champion_forecast

WTI = find_instrument("WTI")
MODELS = {*yaml.safe_load((ROOT / "env.test.yaml").read_text())["models"], "combination"}


def test_every_task_ran_once_and_its_time_was_printed(workbench) -> None:
    lines = re.findall(r"\[\d+/22\]\s+(\w+)\s+(\S+)\s+done\s+[\d.]+ s", workbench.printed)
    assert len(lines) == len(set(lines)) == 22
    stages = [stage for stage, _ in lines]
    assert stages[:2] == ["ingest", "ingest"]
    assert stages[-1] == "publish"
    assert "remaining: nothing" in workbench.printed
    assert "seconds of work" in workbench.printed


def test_the_last_lines_say_where_everything_is_and_how_old(workbench) -> None:
    site = workbench.first_run / "artifacts" / "site"
    assert str(site / "index.html") in workbench.printed
    assert "Prices as of 03 January 2019" in workbench.printed
    assert "make run SOURCE=csv" in workbench.printed


def test_the_prices_are_the_real_ones(workbench) -> None:
    prices = get_price_data("WTI", "1986-01-01", source="archive")
    assert len(prices) == 8321
    assert prices["value"].iloc[0] == 25.56
    assert get_price_data("WTI", "2008-07-03", "2008-07-03", source="archive")[
        "value"
    ].tolist() == [145.31]


def test_the_stored_features_are_the_ones_a_model_is_served(workbench) -> None:
    """One path for research and production: the file and a fresh computation are equal."""
    stored = pd.read_parquet(workbench.artifacts / "features" / "WTI.parquet")
    vintages = get_vintages(SeriesKey("WTI", "archive")).dropna(axis="columns", how="all")
    pd.testing.assert_frame_equal(stored, feature_table(vintages))
    moment = pd.Timestamp("2015-06-01", tz="UTC")
    then = as_of(stored, moment)
    pd.testing.assert_frame_equal(then, build_features(as_of(vintages, moment)), check_like=True)


def test_the_ledger_holds_a_whole_forecast_of_every_model(workbench) -> None:
    ledger = read_table("forecasts")
    assert set(ledger["model"]) == MODELS
    rows = ledger.groupby(["target_kind", "model"]).size().unstack() / len(STATISTICS)
    assert (rows.loc["daily"] == 63).all()
    assert (rows.loc["monthly"] == 13).all()
    assert np.isfinite(ledger["value"]).all()
    days = ledger[ledger["target_kind"] == "daily"]
    assert (days["target_at"] > days["last_observed_at"]).all()
    assert (ledger["made_at"] >= ledger["last_observed_at"]).all()
    for column in ("run_id", "code_version", "source", "unit"):
        assert (ledger[column].str.len() > 0).all()


def test_no_forecast_is_of_a_day_without_a_market(workbench) -> None:
    days = read_table("forecasts", target_kind="daily")["target_at"].drop_duplicates()
    assert (days.dt.day_of_week < 5).all()
    assert pd.Timestamp("2019-01-21", tz="UTC") not in set(days)  # Martin Luther King's day


def test_no_executed_notebook_shows_a_progress_bar(workbench) -> None:
    executed = sorted((workbench.artifacts / "notebooks").glob("*.ipynb"))
    assert len(executed) > 10
    assert [each.name for each in executed if "%|" in each.read_text()] == []


def test_a_kernel_uses_its_share_of_the_processors(workbench) -> None:
    """The libraries count threads when they are imported: before the server that forks starts."""
    notes = workbench.connections.read_text().splitlines()
    share = max(1, (os.cpu_count() or 1) // workers())
    servers = [line for line in notes if line.startswith("guarded") and "kernels.server" in line]
    assert servers
    assert all(line.endswith(f"OMP_NUM_THREADS={share}") for line in servers)


def test_quantiles_never_cross_in_the_ledger(workbench) -> None:
    wide = read_table("forecasts").pivot(
        index=["model", "target_kind", "target_at"], columns="statistic", values="value"
    )
    assert (wide[list(STATISTICS[1:])].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_the_champion_has_a_reason_and_is_served_with_provenance(workbench) -> None:
    daily, monthly = read_table("promotions").to_dict("records")
    _assert_served(daily, champion_forecast(WTI), 63)
    _assert_served(monthly, champion_forecast(WTI, Target.MONTHLY), 13)
    assert re.search(r"at \d+ sessions?|over all horizons", daily["reason"])
    assert "challenger period, with" not in daily["reason"] + monthly["reason"]
    assert re.search(r"at \d+ months?|over all horizons", monthly["reason"])


def _assert_served(decision: dict, served: ServedForecast, rows: int) -> None:
    assert served.model == decision["model"]
    assert served.reason == decision["reason"]
    assert served.version == decision["model_version"]
    assert len(served.forecast) == rows
    assert served.last_observed_at == pd.Timestamp("2019-01-03", tz="UTC")
    assert "no-change" in served.reason.lower()


def test_the_leaderboard_measures_every_model_against_no_change(workbench) -> None:
    scores = read_table("scores")
    assert set(scores["model"]) == MODELS
    own = scores[(scores["model"] == "no-change") & (scores["metric"] == "mspe_ratio")]
    assert set(own["target_kind"]) == {"daily", "monthly"}
    ahead = own[own["horizon"] != 0]
    assert sorted(ahead["horizon"]) == [-1, -1, 1, 1, 2, 3, 5, 6, 9, 21]
    assert ahead["value"].tolist() == [1.0] * len(ahead)
    (running,) = own[own["horizon"] == 0]["value"]
    assert running < 0.3  # most of the month is known at its last release
    assert {"mae_ratio", "mase", "crps", "coverage_80", "coverage_95", "dm_p_value"} <= set(
        scores["metric"]
    )


def test_the_run_is_on_record(workbench) -> None:
    first = read_table("pipeline_runs").sort_values("started_at").iloc[0]
    assert first["status"] == "done"
    assert first["tasks"]["publish"]["outcome"] == "done"


def test_the_site_links_every_notebook_and_asks_no_network(workbench) -> None:
    site = workbench.artifacts / "site"
    index = (site / "index.html").read_text()
    notebooks = {path.stem for path in (workbench.artifacts / "notebooks").glob("*.ipynb")}
    assert len(notebooks) == 13 + len(MODELS)
    assert notebooks == set(re.findall(r'href="notebooks/([^"]+)\.html"', index))
    assert 'href="quality/index.html"' in index
    for page in [
        site / "index.html",
        site / "quality" / "index.html",
        *(site / "notebooks").glob("*.html"),
    ]:
        text = page.read_text()
        asked = re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="([^"]+)"', text)
        for target in asked:
            assert target.startswith("data:") or (page.parent / target).exists(), (page, target)
    assert "03 January 2019" in index
    assert "the newest price was published" in index
    page = (site / "notebooks" / "forecast-WTI.html").read_text()
    assert "the newest price was published: the first" in page
    assert index.count("No outcome of a forecast in the ledger is known yet.") == 2
    assert "days old" in index


def test_the_site_names_no_folder_of_this_machine_and_no_digest(workbench) -> None:
    site = workbench.artifacts / "site"
    digests = set(read_table("analyses")["code_version"])
    assert digests
    for page in site.rglob("*.html"):
        text = page.read_text()
        assert str(workbench.first_run) not in text, page
        assert not any(digest in text for digest in digests), page
    page = (site / "notebooks" / "volatility-WTI.html").read_text()
    assert "stored_version" not in page
    assert "injected-parameters" in page  # the class of a cell by its tag


def test_the_csv_beside_the_page_holds_what_the_ledger_holds(workbench) -> None:
    offered = pd.read_csv(workbench.artifacts / "site" / "forecast-WTI.csv")
    for kind in ("daily", "monthly"):
        ledger = read_table("forecasts", model="arima", statistic="q0.9", target_kind=kind)
        arima = offered[(offered["model"] == "arima") & (offered["target_kind"] == kind)]
        arima = arima.sort_values("target_at")
        assert len(arima) == {"daily": 63, "monthly": 13}[kind]
        assert arima["q0.9"].to_numpy() == pytest.approx(ledger.sort_values("target_at")["value"])


def test_every_executed_notebook_ended_well_and_holds_its_parameters(workbench) -> None:
    notebooks = list((workbench.artifacts / "notebooks").glob("*.ipynb"))
    assert len(notebooks) == 13 + len(MODELS)
    for path in notebooks:
        text = path.read_text()
        assert "injected-parameters" in text
        assert json.loads(text)["metadata"]["papermill"]["exception"] is None


def test_a_key_in_the_settings_is_in_no_file_of_a_run(workbench) -> None:
    """The first run had a key in EIA_API_KEY."""
    files = [
        path
        for folder in (workbench.artifacts, workbench.var / "mlflow")
        for path in folder.rglob("*")
        if path.is_file()
    ]
    assert any(path.suffix == ".ipynb" for path in files)
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


def test_the_embedded_server_stops_with_the_run(workbench) -> None:
    cluster = workbench.first_run / "var" / "postgres"
    assert (cluster / "PG_VERSION").exists()
    assert not (cluster / "postmaster.pid").exists()


def test_the_backtest_sees_only_its_past(workbench) -> None:
    frame = pd.read_parquet(workbench.artifacts / "models" / "WTI-arima.parquet")
    vintages = get_vintages(SeriesKey("WTI", "archive")).set_index("observed_at")
    known = vintages.loc[frame["last_observed_at"], "available_at"].to_numpy()
    assert (known <= frame["made_at"].to_numpy()).all()
    days = frame[frame["target_kind"] == "daily"]
    assert (days["target_at"] > days["last_observed_at"]).all()
    learnt = frame.dropna(subset="actual")
    assert (learnt["actual_available_at"] > learnt["made_at"]).all()


def test_the_backtest_of_a_run_is_the_one_of_its_file(workbench) -> None:
    for model in ("no-change", "arima"):
        file = pd.read_parquet(workbench.artifacts / "models" / f"WTI-{model}.parquet")
        trained = json.loads((workbench.artifacts / "models" / f"WTI-{model}.json").read_text())
        place = f"runs:/{trained['run_id']}/backtest/WTI-{model}.parquet"
        kept = Path(mlflow().artifacts.download_artifacts(place))
        assert kept.stat().st_size < 100 * len(file) + 20_000
        columns = ["target_kind", "made_at", "horizon", "target_at", *STATISTICS, "actual"]
        pd.testing.assert_frame_equal(
            pd.read_parquet(kept)[columns], file[columns], check_dtype=False, rtol=1e-6
        )
