"""Tables learned from a backtest, indexed by (target_kind, horizon): look-up and JSON form."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.catalogue.targets import Target


def rows_for_horizons(learned: pd.DataFrame, target: Target, horizons: Any) -> NDArray[np.float64]:
    """The rows of a target's horizons, one row each.

    Between two learned horizons a row is interpolated, in the square root of the horizon, in which
    a band's width grows; beyond the farthest one it is that one's.
    """
    of_target = learned.xs(target.value, level="target_kind").sort_index()
    at, wanted = np.sqrt(of_target.index.to_numpy(dtype=float)), np.sqrt(horizons)
    columns = of_target.to_numpy(dtype=float).T
    return np.column_stack([np.interp(wanted, at, column) for column in columns])


def at_shown_horizons(learned: pd.DataFrame, target: Target) -> pd.DataFrame:
    """The rows of a target's shown horizons, by horizon; none if nothing was learned for it."""
    kinds = learned.index.get_level_values("target_kind")
    rows = learned[kinds == target].droplevel("target_kind")
    return rows[rows.index.isin(target.shown)]


def to_content(learned: pd.DataFrame) -> dict[Any, Any]:
    """A table as JSON content: `columns` and `data`."""
    return learned.reset_index().to_dict("split", index=False)


def from_content(content: dict[str, Any]) -> pd.DataFrame:
    """The table that `to_content` wrote."""
    return pd.DataFrame(**content).set_index(["target_kind", "horizon"])
