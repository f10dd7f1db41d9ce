"""From prices to a frame of features."""

from collections.abc import Sequence

import pandas as pd

from wellhead.errors import InputError
from wellhead.features.registry import FEATURES


def build_features(
    prices: "pd.DataFrame | pd.Series[float]", names: Sequence[str] | None = None
) -> pd.DataFrame:
    """The features of prices, as a history that a model can read.

    `prices` is a series, or a frame with `value` and perhaps `available_at`, `open`, `high` and
    `low`; its index holds the days, ascending and unique, aware UTC. `names` chooses features;
    None gives all that the columns allow (ATR needs bars).

    The result has one row a day: `available_at` (where given), `value`, the features. A row knows
    nothing of later rows. Its `available_at` is the latest of its own and of all earlier rows,
    for exponential averages reach back to the first. Until its window is full a feature is NaN.

    Raises InputError for a name that is not registered or whose columns are missing.
    """
    frame = prices.to_frame("value") if isinstance(prices, pd.Series) else prices
    chosen = _chosen(frame, names)
    known = {"available_at": frame["available_at"].cummax()} if "available_at" in frame else {}
    computed = {name: FEATURES[name].compute(frame) for name in chosen}
    return pd.DataFrame({**known, "value": frame["value"], **computed}, index=frame.index)


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
