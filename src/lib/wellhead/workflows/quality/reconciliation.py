"""Compare stored series that should agree, by `expectations/reconciliation.yml`."""

from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from wellhead.analytics.agreement import Agreement, compare
from wellhead.calendars import now
from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import read_prices, stored_spans
from wellhead.errors import NoDataError
from wellhead.validation.tolerances import Tolerance, basis_pairs, same_instrument

Pair = tuple[SeriesKey, SeriesKey, Tolerance]


@dataclass(frozen=True)
class Reconciled:
    """Two series, the agreement that they must reach, and the one that they have."""

    left: SeriesKey
    right: SeriesKey
    must: Tolerance
    agreement: Agreement

    @property
    def label(self) -> str:
        return f"{self.left} / {self.right}"

    @property
    def agrees(self) -> bool:
        """Enough days lie within the tolerance, and neither series is shifted."""
        return self.agreement.share >= self.must.share and self.agreement.lag == 0

    @property
    def result(self) -> str:
        """'agree', 'disagree', or which series is shifted by how many days."""
        if lag := self.agreement.lag:
            days = f"{abs(lag)} day{'s' * (abs(lag) > 1)}"
            return f"shifted: {self.right} is {days} {'early' if lag > 0 else 'late'}"
        return "agree" if self.agrees else "disagree"


def reconcile(commodity: str | None = None, as_of: pd.Timestamp | None = None) -> list[Reconciled]:
    """Compare every pair of stored series that should agree, as known at `as_of` (default: now).

    With `commodity` (a key) its pairs alone. Raises NoDataError if there is nothing to compare.
    """
    if not (pairs := compared_pairs(commodity, as_of)):
        raise NoDataError(
            f"there is nothing to compare{f' {commodity} with' if commodity else ''}: load it from "
            "a second source, or its front-month future; expectations/reconciliation.yml lists the "
            "pairs."
        )
    return pairs


def compared_pairs(
    commodity: str | None = None, as_of: pd.Timestamp | None = None
) -> list[Reconciled]:
    """As `reconcile`; an empty list if there is nothing to compare."""
    known_at = now() if as_of is None else as_of
    pairs = [
        _compare(left, right, must, known_at)
        for left, right, must in _pairs()
        if commodity in (None, left.commodity, right.commodity)
    ]
    return [pair for pair in pairs if pair.agreement.days]


def _pairs() -> list[Pair]:
    """The stored pairs: one instrument at two sources, then spot and future."""
    spans = stored_spans()[list(SeriesKey._fields)]
    stored = [SeriesKey(*row) for row in spans.itertuples(index=False)]
    same = [
        (left, right, must)
        for left, right in combinations(stored, 2)
        if (left.commodity, left.frequency) == (right.commodity, right.frequency)
        and (must := same_instrument().get(left.commodity))
    ]
    basis = [
        (left, right, must)
        for (spot, future), must in basis_pairs().items()
        for left in stored
        for right in stored
        if (left.commodity, right.commodity) == (spot, future) and left.frequency == right.frequency
    ]
    return same + basis


def _compare(
    left: SeriesKey, right: SeriesKey, must: Tolerance, known_at: pd.Timestamp
) -> Reconciled:
    agreement = compare(_values(left, known_at), _values(right, known_at), must.tolerance)
    return Reconciled(left, right, must, agreement)


def _values(series: SeriesKey, known_at: pd.Timestamp) -> pd.Series:
    try:
        prices = read_prices(series, None, None, known_at)
    except NoDataError:
        return pd.Series(dtype=float, index=pd.DatetimeIndex([], tz="UTC"))
    return prices.set_index("observed_at")["value"]


def summary(reconciled: list[Reconciled]) -> pd.DataFrame:
    """One row a pair: pair, left, right, tolerance, days, share, must, beyond, worst_day,
    only_left, only_right, result."""
    columns = [
        "pair",
        "left",
        "right",
        "tolerance",
        "days",
        "share",
        "must",
        "beyond",
        "worst_day",
        "only_left",
        "only_right",
        "result",
    ]
    return pd.DataFrame([_summary_row(pair) for pair in reconciled], columns=columns)


def _summary_row(pair: Reconciled) -> dict[str, object]:
    agreement = pair.agreement
    worst = agreement.beyond["observed_at"]
    return {
        "pair": pair.label,
        "left": str(pair.left),
        "right": str(pair.right),
        "tolerance": pair.must.tolerance,
        "days": agreement.days,
        "share": agreement.share,
        "must": pair.must.share,
        "beyond": len(worst),
        "worst_day": worst.iloc[0] if len(worst) else None,
        "only_left": len(agreement.only_left),
        "only_right": len(agreement.only_right),
        "result": pair.result,
    }


def worst_days(reconciled: list[Reconciled], count: int = 5) -> pd.DataFrame:
    """The worst days beyond the tolerance, up to `count` a pair.

    One row a (pair, observed_at): left, right, difference, in the instrument's unit.
    """
    columns = ["pair", "observed_at", "left", "right", "difference"]
    days = [
        pair.agreement.beyond.head(count).assign(pair=pair.label)
        for pair in reconciled
        if len(pair.agreement.beyond)
    ]
    return pd.concat(days, ignore_index=True)[columns] if days else pd.DataFrame(columns=columns)
