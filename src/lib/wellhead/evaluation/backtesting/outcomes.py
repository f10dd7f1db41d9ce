"""Which errors of a backtest were known at each origin, and how many of them are independent.

Calibration and the weights of a combination learn from past errors. Both get them from here, so
neither can use an error before its outcome was published.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.calendars import nanoseconds
from wellhead.catalogue.targets import Target
from wellhead.errors import InputError

Positions = NDArray[np.intp]

IDENTITY = ("commodity", "target_kind", "model")  # a backtest frame may hold several of each
NEEDED = ("made_at", "last_observed_at", "target_at", "horizon", "actual", "actual_available_at")


@dataclass(frozen=True)
class ForecastGroup:
    """The forecasts of one series, model and horizon: n rows in the order they were made.

    `rows`: their positions in the frame. `resolved`: numbers 0..n−1 of the rows with an outcome, in
    the order in which the outcomes became available. `known`: for each row, how many of `resolved`
    were available when it was made. `overlap`: for each row, how many forecasts, itself included,
    were open at the same time; that many errors count as one independent error.
    """

    rows: Positions
    resolved: Positions
    known: Positions
    overlap: Positions


def forecast_groups(frame: pd.DataFrame) -> Iterator[ForecastGroup]:
    """The groups of a backtest frame; each is calibrated or weighted on its own.

    Raises InputError when a column is missing or a group has two rows with the same `made_at`.
    """
    if missing := [name for name in NEEDED if name not in frame]:
        raise InputError(f"the forecasts lack {', '.join(missing)}: pass a backtest's frame.")
    keys = [name for name in (*IDENTITY, "horizon") if name in frame]
    if frame.duplicated([*keys, "made_at"]).any():
        raise InputError("the forecasts have two rows with the same model, made_at and horizon.")
    clocks = {
        name: nanoseconds(frame[name])
        for name in ("made_at", "last_observed_at", "actual_available_at")
    }
    clocks["target_at"] = nanoseconds(target_end(frame))
    has_outcome = (frame["actual"].notna() & frame["actual_available_at"].notna()).to_numpy()
    for positions in map(np.asarray, frame.groupby(keys, dropna=False).indices.values()):
        rows = positions[np.argsort(clocks["made_at"][positions], kind="stable")]
        yield _group(rows, {name: clock[rows] for name, clock in clocks.items()}, has_outcome[rows])


def _group(
    rows: Positions, clocks: dict[str, Positions], has_outcome: NDArray[np.bool_]
) -> ForecastGroup:
    available = np.where(has_outcome, clocks["actual_available_at"], np.iinfo(np.int64).max)
    resolved = np.argsort(available, kind="stable")[: has_outcome.sum()]
    known = np.searchsorted(available[resolved], clocks["made_at"], side="right")
    # A forecast is open until its target day. Its length is known when it is made; the day on which
    # its outcome will be published is not.
    last_day = clocks["last_observed_at"]
    opened_after = last_day - (clocks["target_at"] - last_day)
    before = np.searchsorted(last_day, opened_after, side="right")
    overlap = np.maximum(1, np.arange(1, len(rows) + 1) - before)
    return ForecastGroup(rows, resolved, known, overlap)


def target_end(frame: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """The last day of each target: the session itself, or the last weekday of the month."""
    target = frame["target_at"]
    if "target_kind" not in frame:
        return target
    return target.where(frame["target_kind"] != Target.MONTHLY, target + pd.offsets.BMonthEnd())
