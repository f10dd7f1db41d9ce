"""How MLflow loads a registered Wellhead model: a script it runs, so that nothing is pickled.

`mlflow.pyfunc.load_model("models:/WTI-daily@champion").predict(prices, params={"horizon": 30})`
where `prices` has the columns observed_at and value.
"""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from wellhead.features import build_features
from wellhead.models import load


class WellheadModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc,name-defined]
    """A registered forecaster behind MLflow's interface."""

    def load_context(self, context: Any) -> None:
        (folder,) = context.artifacts.values()
        self.model = load(Path(folder))

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """One row a horizon: horizon, mean and the quantiles."""
        days = pd.to_datetime(model_input["observed_at"], utc=True)
        prices = model_input["value"].set_axis(days).sort_index()
        history = build_features(prices, self.model.features)
        return self.model.predict(history, int((params or {}).get("horizon", 30))).reset_index()


mlflow.models.set_model(WellheadModel())
