"""Sets of hyper-parameters that were tried, and whether the best is better than the present ones.

The loss is the mean of the MSPE ratios to no-change over the scored horizons and the folds of
the past. Ratios, for a dollar at 140 is not one at 15, and an error at 63 sessions not one at 1: so
each horizon and each fold says as much as any other. They are linear in squared errors, for what
they are divided by does not depend on what is tried. Of squared errors, for by them champions are
chosen; quantiles are calibrated afterwards, whatever the model.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from scipy import stats

from wellhead.evaluation.scoring.significance import diebold_mariano, overlapping_origins
from wellhead.models.bands import vector

_CHANCE = 0.05


@dataclass(frozen=True)
class Trial:
    """One set of hyper-parameters and its losses, rows of `TuningData.judge`.

    `pruned`: given up after some of the folds.
    """

    number: int
    params: dict[str, Any]
    rows: pd.DataFrame
    pruned: bool = False

    @cached_property
    def ratios(self) -> pd.DataFrame:
        """MSPE ratios to no-change: a row a fold, a column a horizon."""
        return self.rows.pivot_table("loss", "fold", "horizon")

    @cached_property
    def loss(self) -> float:
        """Mean of the folds, each the mean of its horizons."""
        return float(self.ratios.mean(axis=1).mean())

    @property
    def by_origin(self) -> "pd.Series[float]":
        """The mean loss of each origin, in order of time."""
        return self.rows.groupby("made_at")["loss"].mean()


@dataclass(frozen=True)
class Trials:
    """All that was tried, in order; the first is what is present."""

    tried: Sequence[Trial]

    @property
    def present(self) -> Trial:
        return self.tried[0]

    @cached_property
    def ranked(self) -> list[Trial]:
        """Sets judged on all folds, each once; the best first, of equal ones the earliest."""
        whole = sorted((t for t in self.tried if not t.pruned), key=lambda t: (t.loss, t.number))
        return [t for i, t in enumerate(whole) if t.params not in [e.params for e in whole[:i]]]

    @property
    def best(self) -> Trial:
        return self.ranked[0]

    @property
    def others(self) -> int:
        """How many different sets beside the present one were tried, pruned ones too."""
        return len({tuple(t.params.items()) for t in self.tried}) - 1

    @property
    def gains(self) -> "pd.Series[float]":
        """Of each fold, by how much the best loses less than the present: index fold."""
        return self.present.ratios.mean(axis=1) - self.best.ratios.mean(axis=1)

    @cached_property
    def p_value(self) -> float:
        """One-sided, of Diebold and Mariano's test of the best against the present.

        NaN where the present is the best, or there are too few origins. The best of many is the
        luckiest: see `corrected`.
        """
        days = self.best.rows.groupby("made_at")[["last_observed_at", "seen_at"]].max()
        overlap = overlapping_origins(days.rename(columns={"seen_at": "target_at"}))
        ours, theirs = (vector(trial.by_origin) for trial in (self.best, self.present))
        return diebold_mariano(ours, theirs, overlap)

    @property
    def corrected(self) -> float:
        """The p-value times the number of other sets (Bonferroni), at most 1: strict, for sets
        that are much alike are hardly several chances."""
        return self.p_value if math.isnan(self.p_value) else min(1.0, self.others * self.p_value)

    @property
    def conclusion(self) -> str:
        """Whether there is a reason to change what is present, in words."""
        if self.best is self.present:
            return f"Nothing of {self.others} other sets tried was better than what is present."
        gains = vector(self.gains)
        told = (
            f"The best of {self.others} other sets has a loss lower by {gains.mean():.4f}, lower "
            f"on {(gains > 0).sum()} of {len(gains)} folds"
        )
        if len(gains) > 1:
            told += f" (standard error over them {stats.sem(gains):.4f})"
        if math.isnan(self.p_value):
            return f"{told}; there are too few origins for a test. Keep what is present."
        told += f"; p = {self.p_value:.2g}, {self.corrected:.2g} corrected for their number"
        if self.corrected < _CHANCE:
            return f"{told}: better by more than noise, on this past."
        return f"{told}: it may be chance. Keep what is present."

    def table(self) -> pd.DataFrame:
        """A row a set, in the order tried: number, state, loss (NaN: pruned), its parameters."""
        rows = [
            {
                "number": trial.number,
                "state": "pruned" if trial.pruned else "complete",
                "loss": math.nan if trial.pruned else trial.loss,
                "folds": len(trial.ratios),
                **trial.params,
            }
            for trial in self.tried
        ]
        return pd.DataFrame(rows)

    def by_fold(self) -> pd.DataFrame:
        """The loss of each fold: its first and last origin, present and best."""
        days = self.present.rows.groupby("fold")["made_at"]
        ends = {"from": days.min().dt.date, "to": days.max().dt.date}
        losses = {name: one.ratios.mean(axis=1) for name, one in self._compared().items()}
        return pd.DataFrame({**ends, **losses})

    def by_horizon(self) -> pd.DataFrame:
        """MSPE ratios to no-change, mean of the folds: rows present and best."""
        return pd.DataFrame({name: one.ratios.mean() for name, one in self._compared().items()}).T

    def _compared(self) -> dict[str, Trial]:
        return {"present": self.present, "best": self.best}
