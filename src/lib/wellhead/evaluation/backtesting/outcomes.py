"""Which errors of a backtest were known when, and how many of them are independent.

Whatever learns from past errors (calibrated quantiles, weights of a combination) asks here, so
that none of it can use an error before its outcome was published.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.catalogue.targets import Target
from wellhead.errors import InputError

Positions = NDArray[np.intp]

IDENTITY = ("commodity", "target_kind", "model")  # a backtest frame may hold several of each
NEEDED = ("made_at", "last_observed_at", "target_at", "horizon", "actual", "actual_available_at")


@dataclass(frozen=True)
class Track:
    """The forecasts of one series, model and horizon: n rows in the order they were made.

    `rows`: their positions in the frame. `published`: numbers 0..n−1 of those with an outcome, in
    the order in which the outcomes became available. `known`: for each row, how many of
    `published` were available when it was made. `overlap`: for each row, how many rows, itself
    included, were open at once: so many errors count as one.
    """

    rows: Positions
    published: Positions
    known: Positions
    overlap: Positions


def tracks(frame: pd.DataFrame) -> Iterator[Track]:
    """The tracks of a backtest frame, each to be calibrated or weighed by itself.

    Raises InputError when a column is missing or a track has two rows of one moment.
    """
    if missing := [name for name in NEEDED if name not in frame]:
        raise InputError(f"the forecasts lack {', '.join(missing)}: pass a backtest's frame.")
    keys = [name for name in (*IDENTITY, "horizon") if name in frame]
    if frame.duplicated([*keys, "made_at"]).any():
        raise InputError("the forecasts hold two rows of one model, moment and horizon.")
    clocks = {
        name: _nanoseconds(frame[name])
        for name in ("made_at", "last_observed_at", "actual_available_at")
    }
    clocks["target_at"] = _nanoseconds(seen_at(frame))
    has_outcome = (frame["actual"].notna() & frame["actual_available_at"].notna()).to_numpy()
    for positions in map(np.asarray, frame.groupby(keys, dropna=False).indices.values()):
        rows = positions[np.argsort(clocks["made_at"][positions], kind="stable")]
        yield _track(rows, {name: clock[rows] for name, clock in clocks.items()}, has_outcome[rows])


def _track(rows: Positions, clocks: dict[str, Positions], has_outcome: NDArray[np.bool_]) -> Track:
    when = np.where(has_outcome, clocks["actual_available_at"], np.iinfo(np.int64).max)
    published = np.argsort(when, kind="stable")[: has_outcome.sum()]
    known = np.searchsorted(when[published], clocks["made_at"], side="right")
    # A forecast is open until its day is seen. The span is known when it is made; when its
    # outcome will be published is not.
    seen = clocks["last_observed_at"]
    opened_after = seen - (clocks["target_at"] - seen)
    before = np.searchsorted(seen, opened_after, side="right")
    return Track(rows, published, known, np.maximum(1, np.arange(1, len(rows) + 1) - before))


def seen_at(frame: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """The day on which a target can have been seen: a month is, at its end."""
    target = frame["target_at"]
    if "target_kind" not in frame:
        return target
    return target.where(frame["target_kind"] != Target.MONTHLY, target + pd.offsets.BMonthEnd())


def _nanoseconds(moments: "pd.Series[pd.Timestamp]") -> Positions:
    return moments.astype("datetime64[ns, UTC]").to_numpy(dtype="datetime64[ns]").astype(np.int64)
