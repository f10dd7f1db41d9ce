"""Point-in-time data: read vintages as of a moment, and features with their vintages."""

from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from wellhead.features.build import build_features

Table = pd.DataFrame


def as_of(table: Table, moment: pd.Timestamp) -> pd.DataFrame:
    """The data known at `moment`: for each day the latest vintage available by then.

    `table` has one row per (observed_at, available_at), in any order. The result has one row per
    day, indexed by `observed_at` in ascending order, and all other columns.
    """
    visible = table[table["available_at"] <= moment]
    if not _in_order(visible):
        visible = visible.sort_values(["observed_at", "available_at"], kind="stable")
    latest = visible[~visible["observed_at"].duplicated(keep="last")]
    return latest.set_index("observed_at")


def reader(table: Table) -> Callable[[pd.Timestamp], pd.DataFrame]:
    """A function that returns `as_of(table, moment)`, fast for many moments.

    In most tables no day has a second vintage and days became available in order. Then the result
    is a slice, whose cost does not depend on the length of the table.
    """
    if not only_adds_days(table):
        return lambda moment: as_of(table, moment)
    indexed = table.set_index("observed_at")
    moments = pd.DatetimeIndex(table["available_at"])
    return lambda moment: indexed.iloc[: moments.searchsorted(moment, side="right")]


def only_adds_days(table: Table) -> bool:
    """Whether a table, read at later and later moments, only gets further days.

    Then no day has a second vintage, and the data known at any moment is a first part of the table.
    """
    day, available = table["observed_at"], table["available_at"]
    in_order = day.is_monotonic_increasing and available.is_monotonic_increasing
    return bool(in_order and day.is_unique)


def feature_table(observations: Table, names: Sequence[str] | None = None) -> Table:
    """Features with their vintages: `as_of(feature_table(o), t)` is `build_features(as_of(o, t))`.

    One row per (observed_at, available_at), in that order, with `value` and the features `names`
    (None: all). A revision of a past price, or a price that arrives late, adds new vintages of the
    rows from its day on, with the moment it became available; a new day adds one row. The cost is
    one pass over the prices, plus one for each moment with a revision.
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
    """Spans of time that only add days: the first day each writes, and its last moment."""
    days = observations.groupby("available_at")["observed_at"].agg(["min", "max"]).sort_index()
    newest_before = days["max"].cummax().shift()
    reaches_back = ~(days["min"] > newest_before)  # true for the first moment, too
    starts = days.index[reaches_back]
    ends = [*days.index[days.index.get_indexer(starts[1:]) - 1], *days.index[-1:]]
    yield from zip(days["min"][reaches_back], ends, strict=True)


def _rows_from(frame: pd.DataFrame, first_day: pd.Timestamp) -> pd.DataFrame:
    return frame[frame.index >= first_day]


def _in_order(table: Table) -> bool:
    """Whether rows are sorted by day, then by vintage, as in every feature table."""
    day, available = table["observed_at"], table["available_at"]
    same_day = day.eq(day.shift())
    return bool(day.is_monotonic_increasing and (available.ge(available.shift()) | ~same_day).all())
