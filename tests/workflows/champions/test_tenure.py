"""Tenures: demotion by the ledger, track records, and the state after a stopped run."""

import json
import logging
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.workflows.champions.bench import BACKTEST, BETTER, NONE, SKILLED, Bench, registry  # noqa: F401
from wellhead.calendars import now
from wellhead.catalogue.targets import Target
from wellhead.cli import app
from wellhead.cli.terminal.run_summary import alarm_lines
from wellhead.database.operations import read_table
from wellhead.errors import ArtifactError, NoDataError
from wellhead.tracking.client import client
from wellhead.tracking.registry import artifact_folder, champion, find_version, set_champion
from wellhead.workflows.champions.decisions import apply_pending_decisions
from wellhead.workflows.champions.rollback import rollback
from wellhead.workflows.champions.tenure import tenures
from wellhead.workflows.publishing.html import templates

pytestmark = pytest.mark.usefixtures("registry")

TOMORROW = pd.Timedelta(days=1)


def test_a_decayed_champion_gives_way_to_no_change_with_an_alarm(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench("GASOLINE", tmp_path)
    bench.train(no_change=NONE, arima=SKILLED, lstm=BETTER)
    bench.load(0, BACKTEST)
    assert bench.promote()[0].model == "lstm"
    for model in ("arima", "no-change"):
        bench.forecast(model, BACKTEST, 660)
    bench.forecast("lstm", BACKTEST, 660, late=2.0)  # not what its backtest promises
    bench.load(BACKTEST, 660)
    with caplog.at_level(logging.WARNING, "wellhead.promotion"):
        chosen, result = bench.promote()
    assert chosen.alarm
    assert chosen.model == champion("GASOLINE").model == "no-change"  # though arima is ready
    assert chosen.reason.startswith("ALARM: lstm is no longer champion")
    assert "at horizon 1 over its last 59 outcomes" in chosen.reason
    warnings = [record for record in caplog.records if record.name == "wellhead.promotion"]
    assert [record.getMessage() for record in warnings] == [f"GASOLINE (daily): {chosen.reason}"]
    assert result.incumbent_record[["model", "horizon", "alarm"]].to_numpy().tolist() == [
        ["lstm", 1, True],
        ["lstm", 5, False],
    ]
    _assert_the_alarm_is_shown(bench, chosen.reason)
    _assert_a_rollback_keeps_the_alarm(bench, chosen.reason)
    _assert_it_comes_back_only_when_it_has_recovered(bench)


def _assert_the_alarm_is_shown(bench: Bench, reason: str) -> None:
    """In the file, on the page and on the command line."""
    decision = bench.decision()
    assert decision["alarm"] is True
    assert decision["incumbent"] == "lstm"
    assert {row["model"]: row["alarm"] for row in decision["record"] if row["horizon"] == 1} == {
        "arima": False,
        "lstm": True,
        "no-change": False,
    }
    (tenure,) = tenures(bench.instrument)
    page = templates().get_template("record.html.j2").render(tenure=tenure, months=False)
    assert "lstm: alarm" in page
    printed = CliRunner().invoke(app, ["champion", bench.commodity], env={"COLUMNS": "20"}).stdout
    assert "champion is no-change version 1, since 20" in printed
    assert reason in printed
    assert "lstm, ALARM" in printed


def _assert_a_rollback_keeps_the_alarm(bench: Bench, alarm: str) -> None:
    """On the command line and in the closing message, until the next promotion decides again."""
    for model in ("lstm", "no-change"):  # back, and forth again
        assert rollback(bench.instrument).champion.model == model
        (tenure,) = tenures(bench.instrument)
        assert alarm in tenure.alarm_reason
        assert alarm in tenure.champion.reason
        assert alarm in CliRunner().invoke(app, ["champion", bench.commodity]).stdout
        assert alarm in "".join(alarm_lines(bench.instrument))
        tags = client().get_model_version(f"{bench.commodity}-daily", tenure.champion.version).tags
        assert tags["alarm"] == "true"
    assert read_table("promotions", commodity=bench.commodity)["alarm"].tolist() == [
        False,
        True,
        True,
        True,
    ]


def _assert_it_comes_back_only_when_it_has_recovered(bench: Bench) -> None:
    """A new challenger period is not enough while the ledger still shows the decay."""
    bench.files.pop("arima")
    chosen, _ = bench.promote()
    assert chosen.model == "no-change"
    assert not any(tenure.alarm_reason for tenure in tenures(bench.instrument))
    assert "lstm: in the ledger its MSPE ratio to no-change is" in chosen.reason
    bench.forecast("lstm", 660, 700)
    bench.load(660, 700)
    chosen, result = bench.promote()
    assert result.standings.set_index("model").loc["lstm", "challenger_origins"] == 40
    assert "lstm: in the ledger its MSPE ratio to no-change is" in chosen.reason
    bench.forecast("lstm", 700, 860)
    bench.load(700, 860)
    bench.train(trained_to=859, lstm=BETTER)
    assert bench.promote()[0].model == "lstm"


def test_an_outcome_that_is_not_available_yet_changes_nothing(tmp_path: Path) -> None:
    bench = Bench("PROPANE", tmp_path, source="csv")
    bench.train(no_change=NONE, arima=SKILLED)
    bench.load(0, BACKTEST)
    assert bench.promote()[0].model == "arima"
    bench.forecast("arima", BACKTEST - 20, BACKTEST)
    bench.forecast("arima", BACKTEST, 680, late=2.0)
    _, before = bench.promote()
    assert before.record["outcomes"].tolist() == [19, 15]
    bench.load(BACKTEST, 680, known=now() + TOMORROW)
    chosen, after = bench.promote()
    assert chosen.model == "arima"
    pd.testing.assert_frame_equal(after.record, before.record)
    kept = read_table("track_records", commodity="PROPANE", source="csv")
    assert kept["outcomes"].tolist() == [19, 15]
    assert bench.decision()["record"] == json.loads(
        before.record.to_json(orient="records", date_format="iso")
    )


def test_the_first_forecast_from_the_same_prices_counts(tmp_path: Path) -> None:
    """A later version forecasts again from the same prices, and with hindsight perfectly."""
    bench = Bench("HENRY_HUB_FRONT", tmp_path)
    bench.train(no_change=NONE, arima=SKILLED)
    bench.load(0, BACKTEST)
    bench.forecast("arima", 550, BACKTEST)
    _, before = bench.promote(write=False)
    bench.forecast("arima", 550, BACKTEST, version="2", skill=1.0)
    _, after = bench.promote(write=False)
    pd.testing.assert_frame_equal(after.record, before.record)
    assert before.record["mspe_ratio"].tolist() == pytest.approx([0.25, 0.25])


def test_a_champion_without_a_decision_does_not_last(tmp_path: Path) -> None:
    """The decision is the record: the alias follows it, not the other way round."""
    bench = Bench("JET_FUEL", tmp_path)
    bench.train(no_change=NONE, arima=SKILLED)
    bench.load(0, BACKTEST)
    assert bench.promote()[0].model == "arima"
    set_champion("JET_FUEL", Target.DAILY, "1", "nobody decided this")
    with pytest.raises(NoDataError, match=r"no decision for no-change version 1.*wellhead run"):
        list(tenures(bench.instrument))
    assert apply_pending_decisions(commodity="JET_FUEL") == 1
    assert [tenure.champion.model for tenure in tenures(bench.instrument)] == ["arima"]
    assert apply_pending_decisions(commodity="JET_FUEL") == 0


def test_a_promotion_killed_before_it_moves_the_alias_takes_effect_later(tmp_path: Path) -> None:
    bench = Bench("BRENT_FRONT", tmp_path)
    bench.train(no_change=NONE)
    bench.load(0, BACKTEST)
    assert bench.promote()[0].model == "no-change"
    bench.train(arima=SKILLED)
    bench.forecast("arima", 540, 570)
    files = [[each[name] for each in bench.files.values()] for name in ("trained", "backtest")]
    to = {name: str(tmp_path / name) for name in ("scores", "decision")}
    _run_and_die_at_the_alias(f"promote(find_instrument('BRENT_FRONT'), *{files!r}, {to!r})")

    decisions = read_table("promotions", commodity="BRENT_FRONT").sort_values("decided_at")
    assert decisions["model"].tolist() == ["no-change", "arima"]  # stored before the kill
    (tenure,) = tenures(bench.instrument)
    assert tenure.champion.model == "no-change"
    assert tenure.since == decisions["decided_at"].iloc[0]
    printed = CliRunner().invoke(app, ["champion", "BRENT_FRONT"], env={"COLUMNS": "200"}).stdout
    assert "for arima version 2 has not taken effect" in printed
    assert "`wellhead run` moves it, or says why it cannot" in printed

    chosen, _ = bench.promote()  # as the next run does
    assert (chosen.model, champion("BRENT_FRONT").model) == ("arima", "arima")
    assert "It was the champion before." in chosen.reason
    (tenure,) = tenures(bench.instrument)
    assert tenure.since == decisions["decided_at"].iloc[1]
    assert tenure.pending is None


def test_a_rollback_killed_before_it_moves_the_alias_is_finished_by_the_next(
    tmp_path: Path,
) -> None:
    bench = Bench("WTI_FRONT", tmp_path)
    _promote_no_change_then_arima(bench)
    _run_and_die_at_the_alias("rollback(find_instrument('WTI_FRONT'))")
    assert champion("WTI_FRONT").model == "arima"
    printed = CliRunner().invoke(app, ["rollback", "WTI_FRONT"]).stdout
    assert "champion is no-change version 1" in printed
    assert "Nothing was rolled back" in printed
    assert len(read_table("promotions", commodity="WTI_FRONT")) == 3
    assert champion("WTI_FRONT").reason.startswith("Rolled back by hand from arima version 2")


def test_a_rollback_to_a_version_that_the_registry_has_lost_stores_nothing(tmp_path: Path) -> None:
    bench = Bench("HEATING_OIL_FRONT", tmp_path)
    _promote_no_change_then_arima(bench)
    client().delete_model_version("HEATING_OIL_FRONT-daily", "1")
    with pytest.raises(ArtifactError, match="no-change version 1 cannot be champion"):
        rollback(bench.instrument)
    assert len(read_table("promotions", commodity="HEATING_OIL_FRONT")) == 2
    assert champion("HEATING_OIL_FRONT").model == "arima"


def _promote_no_change_then_arima(bench: Bench) -> None:
    bench.train(no_change=NONE)
    bench.load(0, BACKTEST)
    bench.promote()
    bench.train(arima=SKILLED)
    bench.forecast("arima", 540, 570)
    assert bench.promote()[0].model == "arima"


def _run_and_die_at_the_alias(call: str) -> None:
    """Run a call in a process of its own that is killed when it is about to move an alias."""
    code = (
        "import os, signal\n"
        "from wellhead.catalogue.lookup import find_instrument\n"
        "from wellhead.workflows.champions import decisions\n"
        "from wellhead.workflows.champions.promotion import promote\n"
        "from wellhead.workflows.champions.rollback import rollback\n"
        "decisions.set_champion = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{call}\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def test_a_deleted_version_is_an_error(tmp_path: Path) -> None:
    bench = Bench("ULSD", tmp_path)
    bench.train(no_change=NONE)
    with pytest.raises(ArtifactError, match="version 2 of ULSD-daily"):
        find_version("ULSD", Target.DAILY, "2")
    with pytest.raises(ArtifactError, match="version 1 of ULSD-daily, or its files"):
        artifact_folder(find_version("ULSD", Target.DAILY, "1"))
