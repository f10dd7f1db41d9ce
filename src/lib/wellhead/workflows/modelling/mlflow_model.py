"""The script with which MLflow loads a registered version; nothing is pickled.

`mlflow.pyfunc.load_model("models:/WTI-daily@champion").predict(prices, params={"horizon": 30})`
where `prices` has the columns observed_at and value. For averages of months load `WTI-monthly`;
`{"target_kind": "monthly", "horizon": 12}` gives the current month and the twelve after it.
"""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from wellhead.evaluation.calibration.deployed import load_deployed


class WellheadModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc,name-defined]
    """A registered version behind MLflow's interface."""

    def load_context(self, context: Any) -> None:
        """Load the version's own files."""
        (folder,) = context.artifacts.values()
        self.deployed = load_deployed(Path(folder))

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """One row a horizon: horizon, target_at (UTC without a zone), mean and the quantiles."""
        options = {"horizon": 30, "target_kind": "daily", **(params or {})}
        days = pd.to_datetime(model_input["observed_at"], utc=True)
        prices = model_input["value"].set_axis(days).sort_index()
        forecast = self.deployed.predict(prices, options["target_kind"], int(options["horizon"]))
        return forecast.assign(target_at=forecast["target_at"].dt.tz_localize(None))


mlflow.models.set_model(WellheadModel())
