"""Covariates of a price: other instruments, each as known when the price was."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellhead.calendars import nanoseconds
from wellhead.features.point_in_time import Table

Positions = NDArray[np.int64]

_A_DAY = 86_400_000_000_000  # nanoseconds
# Typical spacing of a covariate's days, from so many days on -> the age, in days, beyond which a
# value counts as missing. A daily series pauses for holidays, and EIA's newest day is up to nine
# days old; weekly stocks are up to 12 days old before the next are published, a monthly average up
# to 75.
_SPACINGS, _AGE_LIMITS = (5, 11), np.array([14, 35, 110])
_SPACINGS_KNOWN = 13  # the newest ones tell what is typical: a hurricane's gap does not


def with_covariates(observations: Table, covariates: Mapping[str, Table]) -> Table:
    """Add one column per covariate: its value on the row's day, as known with the row.

    `observations` has one row per vintage or day, with `available_at`, and `observed_at` as a
    column or as the index; index, order and the other columns stay. `covariates` maps a name to a
    table of `observed_at`, `available_at`, `value`. A row gets the value of the covariate's newest
    day that is not after the row's own day and was published by the row's `available_at`, in the
    vintage of that moment. So a row never uses later information, and rows that were published
    together, as a week of EIA's prices is, do not share the last one's covariates. NaN before the
    first such day, and where the newest is older than `age_limits` allows.
    """
    columns = {name: _values(observations, table) for name, table in covariates.items()}
    return observations.assign(**columns)


def age_limits(days: Positions) -> Positions:
    """For each day of a covariate the age up to which its value counts, in nanoseconds.

    14 days for a daily covariate, 35 for a weekly, 110 for a monthly one, by the typical spacing of
    the days up to it. `days` are distinct and ascending, in nanoseconds. Later days change nothing.
    """
    gaps = pd.Series(days).diff() / _A_DAY
    typical = gaps.rolling(_SPACINGS_KNOWN, min_periods=1).median().fillna(0.0)
    return np.asarray(_AGE_LIMITS[np.searchsorted(_SPACINGS, typical, side="right")] * _A_DAY)


def too_old(observations: Table, covariates: Mapping[str, Table]) -> dict[str, pd.Timestamp]:
    """The covariates that end too early to count on the newest row -> their newest day."""
    newest = observations.sort_values(["observed_at", "available_at"]).tail(1)
    missing = with_covariates(newest, covariates)[list(covariates)].isna().iloc[0]
    return {
        name: covariates[name]["observed_at"].max()
        for name in covariates
        if missing[name] and not covariates[name].empty
    }


def _values(observations: Table, covariate: Table) -> "pd.Series[float]":
    rows = covariate[["observed_at", "available_at", "value"]].dropna(subset=["observed_at"])
    rows = rows.sort_values(["observed_at", "available_at"], kind="stable")
    values = np.full(len(observations), np.nan)
    if len(rows):
        own_day = observations.get("observed_at", observations.index.to_series())
        own, known = nanoseconds(own_day), nanoseconds(observations["available_at"])
        days, published = nanoseconds(rows["observed_at"]), nanoseconds(rows["available_at"])
        place = _newest_vintage(own, known, days, published)
        distinct = np.unique(days)
        limit = age_limits(distinct)[np.searchsorted(distinct, days[place])]
        is_recent = (place >= 0) & (own - days[place] <= limit)
        found = rows["value"].to_numpy(dtype=float)[place]
        values = np.where(is_recent, found, np.nan)
    return pd.Series(values, index=observations.index)


def _newest_vintage(
    own: Positions, known: Positions, days: Positions, published: Positions
) -> Positions:
    """For each row the position of the vintage it gets; −1 where there is none.

    `own` and `known` are the days and moments of the rows; `days` and `published` those of the
    vintages, sorted by day and moment.
    """
    starts = np.flatnonzero(np.diff(days, prepend=days[0] - 1))  # the first vintage of each day
    # The earliest publication among a day and all later ones never falls from day to day. So the
    # last day at which it lies within `known` is the newest day published by then.
    earliest_later = np.minimum.accumulate(published[starts][::-1])[::-1]
    newest_known = np.searchsorted(earliest_later, known, side="right") - 1
    day = np.minimum(newest_known, np.searchsorted(days[starts], own, side="right") - 1)
    # A day between may have been published later than `known`: then an earlier one counts.
    while (late := (day >= 0) & (published[starts][day] > known)).any():
        day = np.where(late, day - 1, day)
    moments = np.unique(published)
    ranks = np.searchsorted(moments, published)
    day_of = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(days)))
    wanted = day * len(moments) + np.searchsorted(moments, known, side="right") - 1
    last = np.searchsorted(day_of * len(moments) + ranks, wanted, side="right") - 1
    last[day < 0] = -1
    return last.astype(np.int64)
