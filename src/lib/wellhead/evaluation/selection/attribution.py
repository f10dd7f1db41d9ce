"""Why a forecast changed: new data, revised data, or another model.

Between two forecasts of the same day these three things can have changed. They are changed one at a
time, and the forecast is recomputed after each, so the parts sum to the whole change.
"""

from collections.abc import Callable

import pandas as pd

from wellhead.errors import NoDataError
from wellhead.features.point_in_time import as_of

Predict = Callable[[pd.DataFrame], "pd.Series[float]"]
"""A history (indexed by observed_at, column value) -> a forecast indexed by target_at."""

PARTS = ("revised_data", "new_data", "changed_model")
_NAMES = {
    "revised_data": "revised data",
    "new_data": "new data",
    "changed_model": "a changed model",
}


def explain_change(
    old: Predict,
    new: Predict,
    observations: pd.DataFrame,
    before: pd.Timestamp,
    after: pd.Timestamp,
) -> pd.DataFrame:
    """Split the change between the forecasts of two moments, for each day that both have.

    `observations` has one row per vintage: observed_at, available_at, value. `old` and `new` are
    the models of the two moments (the same one if it was not retrained); each builds its own
    features. The result is indexed by target_at, in the price's unit: before, the three parts,
    after. before + parts = after up to floating-point rounding.

    - revised_data: the old model on the days up to the last of `before`, as known at `after` (a
      day that was published late counts as a revision);
    - new_data: the old model with the days since;
    - changed_model: the new model on the same data.

    Raises NoDataError when nothing was known at `before` or no day is in both forecasts.
    """
    states = _states(old, new, observations, before, after)
    return pd.DataFrame(
        {
            "before": states["before"],
            "revised_data": states["revised"] - states["before"],
            "new_data": states["extended"] - states["revised"],
            "changed_model": states["after"] - states["extended"],
            "after": states["after"],
        }
    ).rename_axis("target_at")


def _states(
    old: Predict,
    new: Predict,
    observations: pd.DataFrame,
    before: pd.Timestamp,
    after: pd.Timestamp,
) -> pd.DataFrame:
    """The forecast before the change and after each step, for the days that all have."""
    known_then, known_now = (as_of(observations, moment) for moment in (before, after))
    if known_then.empty:
        raise NoDataError(f"nothing was known at {before:%Y-%m-%d}: ask for a later forecast.")
    old_days_now = known_now[known_now.index <= known_then.index[-1]]
    forecasts = {
        "before": old(known_then),
        "revised": old(old_days_now),
        "extended": old(known_now),
        "after": new(known_now),
    }
    states = pd.concat(forecasts, axis=1, join="inner")
    if states.empty:
        raise NoDataError("the forecasts have no day in common: compare forecasts closer in time.")
    return states


def sentence(change: "pd.Series[float]", when: str, unit: str) -> str:
    """One row of `explain_change` in words; `when` is its day, or month, as text.

    'The forecast for 14 March 2024 rose by 2.10 to 78.30 USD/bbl: +1.90 from new data, +0.20 from
    a changed model.'
    """
    moved = change["after"] - change["before"]
    subject = f"The forecast for {when}"
    if round(moved, 2) == 0 and all(round(change[part], 2) == 0 for part in PARTS):
        return f"{subject} has not moved: {change['after']:.2f} {unit}."
    verb = "rose" if moved > 0 else "fell"
    named = ", ".join(
        f"{change[part]:+.2f} from {_NAMES[part]}"
        for part in sorted(PARTS, key=lambda part: -abs(change[part]))
        if round(change[part], 2) != 0
    ).replace("-", "−")
    after = f"{change['after']:.2f}".replace("-", "−")
    if round(moved, 2) == 0:
        return f"{subject} stays at {after} {unit}: {named}."
    return f"{subject} {verb} by {abs(moved):.2f} to {after} {unit}: {named}."
