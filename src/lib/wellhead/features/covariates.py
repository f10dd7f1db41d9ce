"""Other instruments beside a price, each as it was known when the price was."""

from collections.abc import Mapping

import pandas as pd

from wellhead.features.point_in_time import Table


def with_covariates(observations: Table, covariates: Mapping[str, Table]) -> Table:
    """A column per covariate: its newest value that was known when the row was.

    `observations` has a row a vintage or a day, with `available_at`; index, order and the other
    columns stay. `covariates` maps a name to a table of `observed_at`, `available_at`, `value`.
    A row holds the value of the newest day of the covariate published by the row's
    `available_at`, in the vintage of that moment; NaN before the first. So no row sees past its
    own moment, whatever the covariate's publication lag, and an old day revised later does not
    pass for news.
    """
    columns = {name: _known_at(observations, table) for name, table in covariates.items()}
    return observations.assign(**columns)


def _known_at(observations: Table, covariate: Table) -> "pd.Series[float]":
    news = _news(covariate)
    moments = observations[["available_at"]].reset_index(drop=True)
    in_order = _same_unit(moments).sort_values("available_at", kind="stable")
    known = pd.merge_asof(in_order, news, on="available_at").set_index(in_order.index)
    return known["value"].sort_index().set_axis(observations.index)


def _news(covariate: Table) -> Table:
    """What became the newest value, and when: vintages of days that were the newest by then."""
    rows = covariate[["observed_at", "available_at", "value"]].sort_values(
        ["available_at", "observed_at"], kind="stable"
    )
    newest = rows[rows["observed_at"] == rows["observed_at"].cummax()]
    moments = newest.drop_duplicates("available_at", keep="last")
    return _same_unit(moments[["available_at", "value"]]).astype({"value": float})


def _same_unit(rows: pd.DataFrame) -> pd.DataFrame:
    """Moments in nanoseconds: a file, a database and a calculation may differ in it."""
    return rows.assign(available_at=rows["available_at"].dt.as_unit("ns"))
