"""Tables learned from a backtest, indexed by (target_kind, horizon): look-up and JSON form."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.catalogue.targets import Target


def rows_for_horizons(learned: pd.DataFrame, target: Target, horizons: Any) -> NDArray[np.float64]:
    """The rows of a target's horizons; beyond the farthest learned horizon, that one's row."""
    of_target = learned.xs(target.value, level="target_kind")
    return np.asarray(of_target.reindex(horizons, method="nearest"), dtype=float)


def to_content(learned: pd.DataFrame) -> dict[Any, Any]:
    """A table as JSON content: `columns` and `data`."""
    return learned.reset_index().to_dict("split", index=False)


def from_content(content: dict[str, Any]) -> pd.DataFrame:
    """The table that `to_content` wrote."""
    return pd.DataFrame(**content).set_index(["target_kind", "horizon"])
