"""Covariates of a price: other instruments, each as known when the price was."""

from collections.abc import Mapping

import pandas as pd

from wellhead.features.point_in_time import Table


def with_covariates(observations: Table, covariates: Mapping[str, Table]) -> Table:
    """Add one column per covariate: its newest value at the row's `available_at`.

    `observations` has one row per vintage or day, with `available_at`; index, order and the other
    columns stay. `covariates` maps a name to a table of `observed_at`, `available_at`, `value`. A
    row gets the value of the covariate's newest day that was published by the row's `available_at`,
    in the vintage of that moment; NaN before the first. So no row uses later information, whatever
    the publication lag, and the late revision of an old day does not count as a new value.
    """
    columns = {name: _value_at(observations, table) for name, table in covariates.items()}
    return observations.assign(**columns)


def _value_at(observations: Table, covariate: Table) -> "pd.Series[float]":
    newest = _newest_values(covariate)
    moments = observations[["available_at"]].reset_index(drop=True)
    in_order = _same_unit(moments).sort_values("available_at", kind="stable")
    known = pd.merge_asof(in_order, newest, on="available_at").set_index(in_order.index)
    return known["value"].sort_index().set_axis(observations.index)


def _newest_values(covariate: Table) -> Table:
    """The values that were the newest when published: vintages of the newest day at that time."""
    rows = covariate[["observed_at", "available_at", "value"]].sort_values(
        ["available_at", "observed_at"], kind="stable"
    )
    newest = rows[rows["observed_at"] == rows["observed_at"].cummax()]
    moments = newest.drop_duplicates("available_at", keep="last")
    return _same_unit(moments[["available_at", "value"]]).astype({"value": float})


def _same_unit(rows: pd.DataFrame) -> pd.DataFrame:
    """Moments in nanoseconds: files, databases and calculations use different resolutions."""
    return rows.assign(available_at=rows["available_at"].dt.as_unit("ns"))
