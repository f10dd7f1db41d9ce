"""The bands of no-change from every origin of a backtest: computed once, shared by all models."""

from dataclasses import dataclass, field

import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.evaluation.backtesting.origins import BacktestPlan, RefitBlock
from wellhead.features.point_in_time import only_adds_days
from wellhead.models.bands import Matrix, rolling_widths


@dataclass(frozen=True)
class BlockWidths:
    """Half-widths of the bands from the origins of one block, as `Forecaster.predict` takes them.

    `widths`: histories × horizons × 3; the first history has `first_length` rows, each further one
    has one more. None: each forecast measures its own, because prices were revised.
    """

    first_length: int = 0
    widths: Matrix | None = None

    def at(self, length: int) -> Matrix | None:
        """The half-widths at the end of a history of so many rows."""
        return None if self.widths is None else self.widths[length - self.first_length]


@dataclass
class SharedWidths:
    """The half-widths for every model of a backtest. `observations` and `plan` as in `backtest`."""

    observations: pd.DataFrame
    plan: BacktestPlan
    _by_window: dict[int, Matrix] = field(default_factory=dict)

    def of_block(self, block: RefitBlock, band_window: int) -> BlockWidths:
        """Those of one block, from `band_window` past changes."""
        if Target.DAILY not in self.plan.targets or not only_adds_days(self.observations):
            return BlockWidths()
        moments = pd.DatetimeIndex(self.observations["available_at"])
        lengths = moments.searchsorted([moment for moment, _ in block.origins], side="right")
        first, last = int(lengths[0]), int(lengths[-1])
        return BlockWidths(first, self._measured(band_window)[first - 1 : last])

    def _measured(self, band_window: int) -> Matrix:
        if band_window not in self._by_window:
            ahead = range(1, self.plan.horizon + 1)
            value = self.observations["value"].astype(float)
            self._by_window[band_window] = rolling_widths(value, ahead, band_window)
        return self._by_window[band_window]
