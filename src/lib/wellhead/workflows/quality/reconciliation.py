"""Verb: do stored series that should agree agree? By `expectations/reconciliation.yml`."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pandas as pd
from rich.table import Table

from wellhead.analytics.agreement import Agreement, compare
from wellhead.calendars import DateLike, to_utc
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import Frequency
from wellhead.database.operations import get_price_data, stored_spans
from wellhead.errors import NoDataError
from wellhead.validation.tolerances import Tolerance, basis_pairs, same_instrument

_SHOWN = 5


@dataclass(frozen=True)
class StoredSeries:
    """A stored series."""

    commodity: str
    source: str
    frequency: Frequency

    def __str__(self) -> str:
        daily = "" if self.frequency == "daily" else f", {self.frequency}"
        return f"{self.commodity} ({self.source}{daily})"


@dataclass(frozen=True)
class Reconciled:
    """Two series, what they must reach, and how far they agree."""

    left: StoredSeries
    right: StoredSeries
    must: Tolerance
    agreement: Agreement

    @property
    def agrees(self) -> bool:
        """Enough days lie within the tolerance, and neither series is shifted."""
        return self.agreement.share >= self.must.share and self.agreement.lag == 0

    @property
    def verdict(self) -> str:
        """In words: 'agree', or why not."""
        if lag := self.agreement.lag:
            days = f"{abs(lag)} day{'s' * (abs(lag) > 1)}"
            return f"shifted: {self.right} lies {days} {'early' if lag > 0 else 'late'}"
        return "agree" if self.agrees else "disagree"


def reconcile(commodity: str | None = None, as_of: DateLike | None = None) -> list[Reconciled]:
    """Compare every pair of stored series that should agree, as known at `as_of` (default: now).

    With `commodity` the pairs it is part of. Raises NoDataError if there is nothing to compare.
    """
    key = find_instrument(commodity).key if commodity else None
    as_of = to_utc(as_of, name="as_of") if as_of is not None else None
    if not (pairs := compared(key, as_of)):
        raise NoDataError(
            f"there is nothing to compare{f' {key} with' if key else ''}: load it from a second "
            "source, or its front-month future; expectations/reconciliation.yml lists the pairs."
        )
    return pairs


def compared(key: str | None = None, as_of: DateLike | None = None) -> list[Reconciled]:
    """As `reconcile`; no pair where nothing can be compared."""
    pairs = [pair for pair in _pairs() if key in (None, pair[0].commodity, pair[1].commodity)]
    found = [_compare(left, right, must, as_of) for left, right, must in pairs]
    return [pair for pair in found if pair.agreement.days]


def _pairs() -> list[tuple[StoredSeries, StoredSeries, Tolerance]]:
    """The stored pairs: one instrument at two sources, then spot and future."""
    spans = stored_spans()[["commodity", "source", "frequency"]]
    stored = [StoredSeries(*row) for row in spans.itertuples(index=False, name=None)]
    same = [
        (left, right, must)
        for left, right in combinations(stored, 2)
        if (left.commodity, left.frequency) == (right.commodity, right.frequency)
        and (must := same_instrument().get(left.commodity))
    ]
    basis = [
        (left, right, must)
        for (one, other), must in basis_pairs().items()
        for left in stored
        for right in stored
        if (left.commodity, right.commodity) == (one, other) and left.frequency == right.frequency
    ]
    return same + basis


def _compare(
    left: StoredSeries, right: StoredSeries, must: Tolerance, as_of: DateLike | None
) -> Reconciled:
    agreement = compare(_values(left, as_of), _values(right, as_of), must.tolerance)
    return Reconciled(left, right, must, agreement)


def _values(series: StoredSeries, as_of: DateLike | None) -> pd.Series:
    try:
        prices = get_price_data(
            series.commodity, "1850-01-01", as_of=as_of, source=series.source,
            frequency=series.frequency,
        )  # fmt: skip
    except NoDataError:
        return pd.Series(dtype=float, index=pd.DatetimeIndex([], tz="UTC"))
    return prices.set_index("observed_at")["value"]


def summary(reconciled: list[Reconciled]) -> pd.DataFrame:
    """One row a pair: left, right, tolerance, days, share, must, beyond, worst_day, only_left,
    only_right, verdict."""
    rows: list[dict[str, Any]] = []
    for pair in reconciled:
        beyond = pair.agreement.beyond
        rows.append(
            {
                "left": str(pair.left),
                "right": str(pair.right),
                "tolerance": pair.must.tolerance,
                "days": pair.agreement.days,
                "share": pair.agreement.share,
                "must": pair.must.share,
                "beyond": len(beyond),
                "worst_day": beyond["observed_at"].iloc[0] if len(beyond) else None,
                "only_left": len(pair.agreement.only_left),
                "only_right": len(pair.agreement.only_right),
                "verdict": pair.verdict,
            }
        )
    columns = [
        "left", "right", "tolerance", "days", "share", "must", "beyond", "worst_day", "only_left",
        "only_right", "verdict",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def reconcile_tables(reconciled: list[Reconciled]) -> list[Table]:
    """The summary, and the worst days of each pair that has any."""
    table = Table(title="Reconciliation", title_justify="left")
    headings = ("pair", "tolerance", "days", "agree", "must", "only left", "only right", "verdict")
    for heading in headings:
        table.add_column(heading)
    for row in summary(reconciled).itertuples():
        table.add_row(
            f"{row.left} / {row.right}", f"{row.tolerance:g}", str(row.days), f"{row.share:.2%}",
            f"{row.must:.4g}", str(row.only_left), str(row.only_right), str(row.verdict),
        )  # fmt: skip
    days = Table(title=f"Beyond the tolerance: the worst {_SHOWN} days", title_justify="left")
    for heading in ("pair", "day", "left", "right", "difference"):
        days.add_column(heading)
    for pair in reconciled:
        for day in pair.agreement.beyond.head(_SHOWN).itertuples():
            values = (f"{day.left:g}", f"{day.right:g}", f"{day.difference:+.4g}")
            days.add_row(f"{pair.left} / {pair.right}", f"{day.observed_at:%Y-%m-%d}", *values)
    return [table, *([days] if days.row_count else [])]
