"""The hyper-parameter sets that were tried, and whether the best beats the present set.

The loss is the mean MSPE ratio to no-change over the scored horizons and the folds. Ratios give
each horizon and each fold the same weight, whatever its price level. They are linear in squared
errors, since their denominators do not depend on the set tried. Squared errors, because champions
are chosen by them; quantiles are calibrated afterwards for every model.
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
    """One set of hyper-parameters and its losses, rows of `TuningData.losses`.

    `pruned`: given up after some of the folds.
    """

    number: int
    params: dict[str, Any]
    rows: pd.DataFrame
    pruned: bool = False

    @cached_property
    def ratios(self) -> pd.DataFrame:
        """MSPE ratios to no-change: one row per fold, one column per horizon."""
        return self.rows.pivot_table("loss", "fold", "horizon")

    @cached_property
    def loss(self) -> float:
        """Mean over the folds of the mean over their horizons."""
        return float(self.ratios.mean(axis=1).mean())

    @property
    def by_origin(self) -> "pd.Series[float]":
        """The mean loss of each origin, in time order."""
        return self.rows.groupby("made_at")["loss"].mean()


@dataclass(frozen=True)
class Trials:
    """All trials in order; the first is the present set."""

    tried: Sequence[Trial]

    @property
    def present(self) -> Trial:
        """The set in force before the search."""
        return self.tried[0]

    @cached_property
    def ranked(self) -> list[Trial]:
        """Sets with losses on all folds, each once; the best first, of equal sets the earliest."""
        whole = sorted((t for t in self.tried if not t.pruned), key=lambda t: (t.loss, t.number))
        return [t for i, t in enumerate(whole) if t.params not in [e.params for e in whole[:i]]]

    @property
    def best(self) -> Trial:
        """The set with the lowest loss."""
        return self.ranked[0]

    @property
    def others(self) -> int:
        """How many different sets other than the present one were tried, pruned ones included."""
        return len({tuple(t.params.items()) for t in self.tried}) - 1

    @property
    def gains(self) -> "pd.Series[float]":
        """Loss of the present set minus loss of the best, indexed by fold."""
        return self.present.ratios.mean(axis=1) - self.best.ratios.mean(axis=1)

    @cached_property
    def p_value(self) -> float:
        """One-sided p-value of the Diebold–Mariano test of the best set against the present one.

        NaN where the present set is the best, or there are too few origins. It does not allow for
        the number of sets tried: see `corrected`.
        """
        days = self.best.rows.groupby("made_at")[["last_observed_at", "target_end"]].max()
        overlap = overlapping_origins(days.rename(columns={"target_end": "target_at"}))
        ours, theirs = (vector(trial.by_origin) for trial in (self.best, self.present))
        return diebold_mariano(ours, theirs, overlap)

    @property
    def corrected(self) -> float:
        """The p-value times the number of other sets (Bonferroni), at most 1.

        This is strict: similar sets are hardly separate chances.
        """
        return self.p_value if math.isnan(self.p_value) else min(1.0, self.others * self.p_value)

    @property
    def conclusion(self) -> str:
        """Whether there is a reason to change the present set, in words."""
        if self.best is self.present:
            return f"None of {self.others} other sets was better than the present set."
        gains = vector(self.gains)
        text = (
            f"The best of {self.others} other sets has a loss lower by {gains.mean():.4f}, lower "
            f"on {(gains > 0).sum()} of {len(gains)} folds"
        )
        if len(gains) > 1:
            text += f" (standard error over them {stats.sem(gains):.4f})"
        if math.isnan(self.p_value):
            return f"{text}; there are too few origins for a test. Keep the present set."
        text += f"; p = {self.p_value:.2g}, {self.corrected:.2g} corrected for their number"
        if self.corrected < _CHANCE:
            return f"{text}: better by more than noise on this past."
        return f"{text}: it may be chance. Keep the present set."

    def table(self) -> pd.DataFrame:
        """One row per trial: number, state, loss (NaN: pruned), folds, its hyper-parameters."""
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
        """One row per fold: first and last origin, and the losses of the present and best set."""
        days = self.present.rows.groupby("fold")["made_at"]
        ends = {"from": days.min().dt.date, "to": days.max().dt.date}
        losses = {name: one.ratios.mean(axis=1) for name, one in self._compared().items()}
        return pd.DataFrame({**ends, **losses})

    def by_horizon(self) -> pd.DataFrame:
        """MSPE ratios to no-change, mean over the folds: rows present and best."""
        return pd.DataFrame({name: one.ratios.mean() for name, one in self._compared().items()}).T

    def _compared(self) -> dict[str, Trial]:
        return {"present": self.present, "best": self.best}
