"""How MLflow loads a registered version: a script it runs, so that nothing is pickled.

`mlflow.pyfunc.load_model("models:/WTI-daily@champion").predict(prices, params={"horizon": 30})`
where `prices` has the columns observed_at and value. Of averages of months, `WTI-monthly` with
`{"target_kind": "monthly", "horizon": 12}` gives the running month and twelve more.
"""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from wellhead.evaluation.calibration.deployed import load_deployed


class WellheadModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc,name-defined]
    """A registered version behind MLflow's interface."""

    def load_context(self, context: Any) -> None:
        (folder,) = context.artifacts.values()
        self.published = load_deployed(Path(folder))

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """One row a horizon: horizon, target_at (UTC without a zone), mean and the quantiles."""
        asked = {"horizon": 30, "target_kind": "daily", **(params or {})}
        days = pd.to_datetime(model_input["observed_at"], utc=True)
        prices = model_input["value"].set_axis(days).sort_index()
        said = self.published.predict(prices, asked["target_kind"], int(asked["horizon"]))
        return said.assign(target_at=said["target_at"].dt.tz_localize(None))


mlflow.models.set_model(WellheadModel())
