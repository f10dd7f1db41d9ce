"""Build the features of prices."""

from collections.abc import Sequence

import pandas as pd

from wellhead.errors import InputError
from wellhead.features.registry import FEATURES


def build_features(
    prices: "pd.DataFrame | pd.Series[float]", names: Sequence[str] | None = None
) -> pd.DataFrame:
    """The features of prices, as a history that a model can read.

    `prices` is a series, or a frame with `value` and optionally `available_at`, `open`, `high` and
    `low`; its index holds the days, ascending, unique, aware UTC. `names` selects features; None
    takes all that the columns allow (ATR needs bars).

    The result has one row per day: `available_at` (where given), `value`, the features. A row
    depends on no later row. Its `available_at` is the latest of its own and of all earlier rows,
    because exponential averages reach back to the first. A feature is NaN until its window is full.

    Raises InputError for a name that is not registered or whose columns are missing.
    """
    frame = prices.to_frame("value") if isinstance(prices, pd.Series) else prices
    chosen = _chosen(frame, names)
    available = {"available_at": frame["available_at"].cummax()} if "available_at" in frame else {}
    computed = {name: FEATURES[name].compute(frame) for name in chosen}
    return pd.DataFrame({**available, "value": frame["value"], **computed}, index=frame.index)


def _chosen(frame: pd.DataFrame, names: Sequence[str] | None) -> list[str]:
    possible = [name for name, entry in FEATURES.items() if set(entry.needs) <= set(frame.columns)]
    if names is None:
        return possible
    for name in names:
        if name not in FEATURES:
            raise InputError(f"no feature {name!r}. Choose from: {', '.join(FEATURES)}.")
        if name not in possible:
            needs = ", ".join(FEATURES[name].needs)
            raise InputError(f"feature {name!r} needs the columns {needs}; some are missing.")
    return list(names)
