"""Champion and challenger through the verb, on a real database and a real model registry."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from jinja2 import Environment, PackageLoader
from typer.testing import CliRunner

from tests.databases import an_empty_database, text_of
from tests.training.frames import no_change, walk
from wellhead.calendars import now
from wellhead.cli import app
from wellhead.database.digests import table_digest
from wellhead.database.engine import dispose, get_engine
from wellhead.database.operations import read_table
from wellhead.database.schema import SCHEMA
from wellhead.database.writing import write_rows
from wellhead.errors import ArtifactError, NoDataError
from wellhead.pipeline.promote import promote
from wellhead.pipeline.promoted import Crowned, Promoted
from wellhead.pipeline.reign import reigns
from wellhead.pipeline.trained import Trained
from wellhead.settings import get_settings
from wellhead.tables import STATISTICS
from wellhead.tracking import client as tracking
from wellhead.tracking.registry import artifact_folder, champion, crown, find_version
from wellhead.training.scores import score

BACKTEST = 600  # sessions of the price that the backtests are of; the ledger begins after them
EVENING = pd.Timedelta(hours=23)
TOMORROW = pd.Timedelta(days=1)


@pytest.fixture(scope="module", autouse=True)
def registry(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """An empty database with MLflow in it for the tests of this module, a commodity each."""

    def anew() -> None:
        get_settings.cache_clear()
        dispose()
        for cached in (tracking.client, tracking.mlflow):
            cached.cache_clear()

    with (
        an_empty_database("plain", request, "promotions") as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("DATABASE_URL", text_of(url))
        patch.setenv("WELLHEAD_VAR_DIR", str(tmp_path_factory.mktemp("var")))
        for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
            patch.delenv(name, raising=False)
        anew()
        yield
        anew()
    get_settings.cache_clear()


def said(
    price: np.ndarray, model: str, skill: float = 0.0, bias: float = 0.0, late: float = 0.0
) -> pd.DataFrame:
    """Forecasts from every session: no-change, moved by a share of what comes, and biased.

    `late`: the bias at horizon 1 alone. The bands are a random walk's, and hold what they should.
    """
    frame = no_change(price, (1, 5), model)
    ahead = (frame["actual"] - frame["last_value"]).fillna(0.0)
    frame["mean"] += skill * ahead + bias + late * (frame["horizon"] == 1)
    return frame


@dataclass
class Bench:
    """One commodity: its prices, its models' backtests, and a ledger that grows."""

    commodity: str
    folder: Path
    source: str = "csv"
    price: np.ndarray = field(default_factory=lambda: walk(7, 900))
    models: dict[str, dict[str, float]] = field(default_factory=dict)
    files: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def days(self) -> pd.DatetimeIndex:
        return pd.bdate_range("2000-01-03", periods=len(self.price), tz="UTC")

    def train(self, trained_to: int = BACKTEST - 1, **models: dict[str, float]) -> None:
        """Backtest models on the first sessions, and register a version of each."""
        library, name = tracking.client(), f"{self.commodity}-daily"
        if not library.search_registered_models(f"name = '{name}'"):
            library.create_registered_model(name)
        for key, how in models.items():
            model = key.replace("_", "-")
            self.models[model] = how
            tags = {"model": model, "commodity": self.commodity, "target_kind": "daily"}
            tags |= {"code_version": "1", "source": self.source}
            version = library.create_model_version(name, str(self.folder / model), tags=tags)
            frame = said(self.price[:BACKTEST], model, **how)
            trained = Trained(
                commodity=self.commodity, model=model, source=self.source,
                versions={"daily": str(version.version)}, run_id="r", code_version="1",
                last_observed_at=self.days[trained_to], scores=score(frame), backtest=frame,
            )  # fmt: skip
            paths = {
                "trained": str(self.folder / f"{model}.json"),
                "backtest": str(self.folder / f"{model}.parquet"),
            }
            Path(paths["trained"]).write_text(trained.summary())
            frame.to_parquet(paths["backtest"], index=False)
            self.files[model] = paths

    def load(self, first: int, last: int, known: pd.Timestamp | None = None) -> None:
        """Store the prices of sessions, known each evening or all at one moment."""
        days = self.days[first:last]
        rows = pd.DataFrame({"observed_at": days, "value": self.price[first:last]}).assign(
            commodity=self.commodity, source=self.source, frequency="daily", unit="USD",
            available_at=days + EVENING if known is None else known, batch_id="b",
            recorded_at=now(),
        )  # fmt: skip
        with get_engine().begin() as connection:
            connection.execute(sa.insert(SCHEMA["observations"]), rows.to_dict("records"))

    def forecast(self, model: str, first: int, last: int, version: str = "1", **how: float) -> None:
        """Have a model forecast from sessions, into the ledger."""
        frame = said(self.price, model, **(how or self.models[model]))
        made = frame[frame["last_observed_at"].isin(self.days[first:last])]
        identity = ["model", "target_kind", "made_at", "last_observed_at", "horizon", "target_at"]
        rows = made.melt(id_vars=identity, value_vars=list(STATISTICS), var_name="statistic")
        provenance = {"unit": "USD", "run_id": "r", "code_version": "1", "model_version": version}
        write_rows(
            "forecasts", rows.assign(commodity=self.commodity, source=self.source, **provenance)
        )

    def promote(self, write: bool = True) -> tuple[Crowned, Promoted]:
        to = {"scores": str(self.folder / "s.parquet"), "decision": str(self.folder / "d.json")}
        found = promote(
            self.commodity,
            [paths["trained"] for paths in self.files.values()],
            [paths["backtest"] for paths in self.files.values()],
            to if write else None,
        )
        return found.crowned[0], found

    def decision(self) -> dict:
        return json.loads((self.folder / "d.json").read_text())["daily"]


SKILLED = {"skill": 0.5}
BETTER = {"skill": 0.6}
WEAK = {"bias": 1.0}
NONE: dict[str, float] = {}


def test_the_first_champion_needs_no_shadow_and_a_second_promotion_changes_nothing(
    tmp_path: Path,
) -> None:
    bench = Bench("WTI", tmp_path)
    bench.train(no_change=NONE, combination=SKILLED, weak=WEAK)
    bench.load(0, BACKTEST)
    for model in bench.models:
        bench.forecast(model, BACKTEST - 1, BACKTEST)
    assert bench.promote(write=False)[0].model == "combination"
    assert read_table("promotions", commodity="WTI").empty  # a what-if crowns nobody
    crowned, promoted = bench.promote()
    assert crowned.model == champion("WTI").model == "combination"
    assert "the first champion here: there was nobody to be in the shadow of" in crowned.reason
    assert promoted.record.empty
    assert promoted.standings["shadow_origins"].tolist() == [1, 1, 1]
    tables = ("scores", "track_records", "forecasts")
    before = champion("WTI").version, {name: table_digest(name) for name in tables}
    again, _ = bench.promote()
    assert again.model == "combination"
    assert "It reigned before." in again.reason
    assert (champion("WTI").version, {name: table_digest(name) for name in tables}) == before
    assert len(read_table("promotions", commodity="WTI")) == 2


def test_a_challenger_is_promoted_after_twenty_origins_in_the_shadow(tmp_path: Path) -> None:
    bench = Bench("BRENT", tmp_path)
    bench.train(no_change=NONE, weak=WEAK)
    bench.load(0, BACKTEST)
    assert bench.promote()[0].model == "no-change"
    bench.train(arima=SKILLED)
    bench.forecast("arima", 560, 579)
    bench.forecast("arima", 560, 579, version="2")  # the same origins once more
    crowned, _ = bench.promote()
    assert crowned.model == "no-change"
    assert "arima: it is in the shadow, with forecasts from 19 of 20 origins" in crowned.reason
    bench.forecast("arima", 579, 580)
    crowned, promoted = bench.promote()
    assert crowned.model == champion("BRENT").model == "arima"
    assert "It takes over from no-change." in crowned.reason
    assert promoted.standings.set_index("model").loc["arima", "shadow_origins"] == 20


def test_a_challenger_that_loses_its_duel_does_not_displace_the_champion(tmp_path: Path) -> None:
    """Over all horizons it is better; one day ahead it is worse than the champion by test."""
    bench = Bench("HENRY_HUB", tmp_path)
    bench.train(no_change=NONE, arima=SKILLED)
    bench.load(0, BACKTEST)
    assert bench.promote()[0].model == "arima"
    bench.train(lstm={"skill": 0.7, "late": 0.6})
    bench.forecast("lstm", 540, 570)
    crowned, promoted = bench.promote()
    assert crowned.model == "arima"
    assert "lstm: its squared error at 1 session is 2." in crowned.reason
    assert "so higher than that of the reigning arima" in crowned.reason
    own = promoted.scores.query("metric == 'mspe_ratio' and horizon == -1").set_index("model")
    assert own.loc["lstm", "value"] < own.loc["arima", "value"]
    bench.train(lstm=BETTER)
    crowned, _ = bench.promote()
    assert crowned.model == "lstm"
    assert "It takes over from arima." in crowned.reason


def test_what_was_trained_on_old_prices_is_not_promoted_and_not_demoted(tmp_path: Path) -> None:
    bench = Bench("HEATING_OIL", tmp_path)
    bench.train(no_change=NONE)
    bench.train(trained_to=BACKTEST - 21, arima=SKILLED)
    bench.load(0, BACKTEST)
    crowned, _ = bench.promote(write=False)
    assert crowned.model == "no-change"
    assert "arima: its newest price is 28 days too old" in crowned.reason
    bench.train(arima=SKILLED)
    assert bench.promote()[0].model == "arima"
    bench.train(trained_to=BACKTEST - 21, arima=SKILLED)
    assert bench.promote()[0].model == "arima"


def test_a_source_with_a_calendar_is_held_to_it(tmp_path: Path) -> None:
    """All that is stored is used; but the source should have published for years since."""
    bench = Bench("PROPANE", tmp_path, source="eia")
    bench.train(no_change=NONE, arima=SKILLED)
    bench.load(0, BACKTEST)
    crowned, promoted = bench.promote(write=False)
    assert crowned.model == "no-change"
    age = promoted.standings["data_age_days"].iloc[0]
    behind = (now() - bench.days[BACKTEST - 1]).days - age
    assert 3 <= behind <= 21  # a release and its grace
    assert f"arima: its newest price is {age} days too old" in crowned.reason


def test_a_version_that_is_gone_is_told_so(tmp_path: Path) -> None:
    bench = Bench("ULSD", tmp_path)
    bench.train(no_change=NONE)
    with pytest.raises(ArtifactError, match="version 2 of ULSD-daily"):
        find_version("ULSD", "daily", "2")
    with pytest.raises(ArtifactError, match="version 1 of ULSD-daily, or its files"):
        artifact_folder(find_version("ULSD", "daily", "1"))


def test_a_champion_whose_decision_was_not_written_is_told_so(tmp_path: Path) -> None:
    """A promotion moves the alias first: one that is stopped there leaves the decision before."""
    bench = Bench("JET_FUEL", tmp_path)
    bench.train(no_change=NONE, arima=SKILLED)
    bench.load(0, BACKTEST)
    assert bench.promote()[0].model == "arima"
    crown("JET_FUEL", "daily", "1", "stopped after this")
    with pytest.raises(NoDataError, match=r"no-change version 1 is champion.*Run `wellhead run`"):
        list(reigns("JET_FUEL"))
    assert bench.promote()[0].model == "no-change"  # arima has to go through the shadow again
    assert [reign.champion.model for reign in reigns("JET_FUEL")] == ["no-change"]


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
        crowned, promoted = bench.promote()
    assert crowned.alarm
    assert crowned.model == champion("GASOLINE").model == "no-change"  # though arima is ready
    assert crowned.reason.startswith("ALARM: lstm is no longer champion")
    assert "at horizon 1 over its last 59 outcomes" in crowned.reason
    told = [record for record in caplog.records if record.name == "wellhead.promotion"]
    assert [record.getMessage() for record in told] == [f"GASOLINE (daily): {crowned.reason}"]
    assert promoted.watched[["model", "horizon", "alarm"]].to_numpy().tolist() == [
        ["lstm", 1, True],
        ["lstm", 5, False],
    ]
    _assert_the_alarm_is_told(bench, crowned.reason)
    _assert_it_comes_back_only_when_it_has_recovered(bench)


def _assert_the_alarm_is_told(bench: Bench, reason: str) -> None:
    """In the file, on the page and on the command line."""
    decision = bench.decision()
    assert decision["alarm"] is True
    assert decision["reigning"] == "lstm"
    assert {row["model"]: row["alarm"] for row in decision["record"] if row["horizon"] == 1} == {
        "arima": False, "lstm": True, "no-change": False,
    }  # fmt: skip
    templates = Environment(loader=PackageLoader("wellhead.pipeline", "site"), autoescape=True)
    page = templates.get_template("record.html.j2").render(decision=decision, months=False)
    assert "lstm: alarm" in page
    printed = CliRunner().invoke(app, ["champion", bench.commodity], env={"COLUMNS": "20"}).stdout
    assert "champion is no-change version 1, since 20" in printed
    assert reason in printed
    assert "lstm, ALARM" in printed


def _assert_it_comes_back_only_when_it_has_recovered(bench: Bench) -> None:
    """A new shadow is not enough while the ledger still shows the decay."""
    bench.files.pop("arima")
    crowned, _ = bench.promote()
    assert crowned.model == "no-change"
    assert "lstm: in the ledger its MSPE ratio to no-change is" in crowned.reason
    bench.forecast("lstm", 660, 700)
    bench.load(660, 700)
    crowned, promoted = bench.promote()
    assert promoted.standings.set_index("model").loc["lstm", "shadow_origins"] == 40
    assert "lstm: in the ledger its MSPE ratio to no-change is" in crowned.reason
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
    crowned, after = bench.promote()
    assert crowned.model == "arima"
    pd.testing.assert_frame_equal(after.record, before.record)
    kept = read_table("track_records", commodity="PROPANE", source="csv")
    assert kept["outcomes"].tolist() == [19, 15]
    assert bench.decision()["record"] == json.loads(
        before.record.to_json(orient="records", date_format="iso")
    )


def test_what_was_said_first_counts(tmp_path: Path) -> None:
    """A later version forecasts from the same prices again: with hindsight it would be perfect."""
    bench = Bench("HENRY_HUB_FRONT", tmp_path)
    bench.train(no_change=NONE, arima=SKILLED)
    bench.load(0, BACKTEST)
    bench.forecast("arima", 550, BACKTEST)
    _, before = bench.promote(write=False)
    bench.forecast("arima", 550, BACKTEST, version="2", skill=1.0)
    _, after = bench.promote(write=False)
    pd.testing.assert_frame_equal(after.record, before.record)
    assert before.record["mspe_ratio"].tolist() == pytest.approx([0.25, 0.25])
