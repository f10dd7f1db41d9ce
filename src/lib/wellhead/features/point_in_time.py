"""What was known when: reading vintages, and features that keep their vintages."""

from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from wellhead.features.build import build_features

Table = pd.DataFrame


def as_of(table: Table, moment: pd.Timestamp) -> pd.DataFrame:
    """What one could have known at `moment`: of each day, the latest vintage by then.

    `table` has one row a (observed_at, available_at), in any order. The result has one row a day,
    indexed by `observed_at` in ascending order, and all other columns.
    """
    visible = table[table["available_at"] <= moment]
    if not _in_order(visible):
        visible = visible.sort_values(["observed_at", "available_at"], kind="stable")
    latest = visible[~visible["observed_at"].duplicated(keep="last")]
    return latest.set_index("observed_at")


def reader(table: Table) -> Callable[[pd.Timestamp], pd.DataFrame]:
    """`as_of` of one table, for many moments.

    Where no day has a second vintage and days became known in their order, which is so of most
    tables, an answer is a slice and costs the same however long the table is.
    """
    day, known = table["observed_at"], table["available_at"]
    if not (day.is_monotonic_increasing and day.is_unique and known.is_monotonic_increasing):
        return lambda moment: as_of(table, moment)
    indexed, moments = table.set_index("observed_at"), pd.DatetimeIndex(known)
    return lambda moment: indexed.iloc[: moments.searchsorted(moment, side="right")]


def feature_table(observations: Table, names: Sequence[str] | None = None) -> Table:
    """Features with both clocks: `as_of(feature_table(o), t)` is `build_features(as_of(o, t))`.

    One row a (observed_at, available_at), in that order, with `value` and the features `names`
    (None: all). A revision of a past price, or a price that arrives late, re-emits the rows from
    its day on, under the moment it became available; days that follow one another add one row
    each. The cost is one pass over the prices, and one more for each moment of revision.
    """
    if observations.empty:
        return build_features(observations.set_index("observed_at"), names).reset_index()
    epochs = [
        _rows_from(build_features(as_of(observations, last), names), first_day)
        for first_day, last in _epochs(observations)
    ]
    table = pd.concat(epochs).reset_index()
    return table.sort_values(["observed_at", "available_at"], kind="stable", ignore_index=True)


def _epochs(observations: Table) -> Iterator[tuple[pd.Timestamp, pd.Timestamp]]:
    """Stretches in which days are only added: the first day they write, their last moment."""
    days = observations.groupby("available_at")["observed_at"].agg(["min", "max"]).sort_index()
    newest_before = days["max"].cummax().shift()
    reaches_back = ~(days["min"] > newest_before)  # true for the first moment, too
    starts = days.index[reaches_back]
    ends = [*days.index[days.index.get_indexer(starts[1:]) - 1], *days.index[-1:]]
    yield from zip(days["min"][reaches_back], ends, strict=True)


def _rows_from(frame: pd.DataFrame, first_day: pd.Timestamp) -> pd.DataFrame:
    return frame[frame.index >= first_day]


def _in_order(table: Table) -> bool:
    """Whether rows stand by day, then by vintage: true of every feature table, and quick to see."""
    day, known = table["observed_at"], table["available_at"]
    same_day = day.eq(day.shift())
    return bool(day.is_monotonic_increasing and (known.ge(known.shift()) | ~same_day).all())
