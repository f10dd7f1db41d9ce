"""A test bench for promotions: a commodity with backtests, prices and a ledger.

It uses a real database and a real model registry, and fits no model.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from tests.databases import an_empty_database, text_of
from tests.evaluation.frames import no_change, walk
from tests.isolation import settings_in_use
from wellhead.calendars import now
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
from wellhead.database.engine import get_engine
from wellhead.database.schema import SCHEMA
from wellhead.database.writing import write_rows
from wellhead.evaluation.scoring.scores import score
from wellhead.tables import STATISTICS
from wellhead.tracking.client import client
from wellhead.workflows.champions.promotion import promote
from wellhead.workflows.champions.results import PromotedVersion, PromotionResult
from wellhead.workflows.modelling.trained import Trained

BACKTEST = 600  # sessions of the price that the backtests are of; the ledger begins after them
EVENING = pd.Timedelta(hours=23)
SKILLED = {"skill": 0.5}
BETTER = {"skill": 0.6}
NONE: dict[str, float] = {}


@pytest.fixture(scope="module")
def registry(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """An empty database with MLflow in it for the tests of this module, a commodity each."""
    var = str(tmp_path_factory.mktemp("var"))
    with (
        an_empty_database("plain", request) as url,
        settings_in_use(DATABASE_URL=text_of(url), WELLHEAD_VAR_DIR=var),
    ):
        yield


def forecasts_of(
    price: np.ndarray, model: str, skill: float = 0.0, bias: float = 0.0, late: float = 0.0
) -> pd.DataFrame:
    """Forecasts from every session: no-change plus a share of the outcome's move, plus a bias.

    `late`: a bias at horizon 1 alone. The bands are a random walk's and have correct coverage.
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
    def instrument(self) -> Instrument:
        return find_instrument(self.commodity)

    @property
    def days(self) -> pd.DatetimeIndex:
        return pd.bdate_range("2000-01-03", periods=len(self.price), tz="UTC")

    def train(self, trained_to: int = BACKTEST - 1, **models: dict[str, float]) -> None:
        """Backtest models on the first sessions, and register a version of each."""
        library, name = client(), f"{self.commodity}-daily"
        if not library.search_registered_models(f"name = '{name}'"):
            library.create_registered_model(name)
        for key, how in models.items():
            model = key.replace("_", "-")
            self.models[model] = how
            tags = {"model": model, "commodity": self.commodity, "target_kind": "daily"}
            tags |= {"code_version": "1", "source": self.source}
            version = library.create_model_version(name, str(self.folder / model), tags=tags)
            frame = forecasts_of(self.price[:BACKTEST], model, **how)
            trained = Trained(
                instrument=self.instrument,
                model=model,
                source=self.source,
                versions={"daily": str(version.version)},
                run_id="r",
                code_version="1",
                last_observed_at=self.days[trained_to],
                scores=score(frame),
                backtest=frame,
            )
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
            commodity=self.commodity,
            source=self.source,
            frequency="daily",
            unit="USD",
            available_at=days + EVENING if known is None else known,
            batch_id="b",
            recorded_at=now(),
        )
        with get_engine().begin() as connection:
            connection.execute(sa.insert(SCHEMA["observations"]), rows.to_dict("records"))

    def forecast(self, model: str, first: int, last: int, version: str = "1", **how: float) -> None:
        """Write a model's forecasts from sessions to the ledger."""
        frame = forecasts_of(self.price, model, **(how or self.models[model]))
        made = frame[frame["last_observed_at"].isin(self.days[first:last])]
        identity = ["model", "target_kind", "made_at", "last_observed_at", "horizon", "target_at"]
        rows = made[[*identity, *STATISTICS]]
        provenance = {"unit": "USD", "run_id": "r", "code_version": "1", "model_version": version}
        write_rows(
            "ledger", rows.assign(commodity=self.commodity, source=self.source, **provenance)
        )

    def promote(self, write: bool = True) -> tuple[PromotedVersion, PromotionResult]:
        to = {"scores": str(self.folder / "s.parquet"), "decision": str(self.folder / "d.json")}
        result = promote(
            self.instrument,
            [paths["trained"] for paths in self.files.values()],
            [paths["backtest"] for paths in self.files.values()],
            to if write else None,
        )
        return result.champions[0], result

    def decision(self) -> dict:
        return json.loads((self.folder / "d.json").read_text())["daily"]
