"""Verb: answer with newest forecasts from the ledger, and where they came from.

The ledger, and not a model run at the moment of asking, is what answers: every forecast in it has
passed the gate, and whatever was said to anybody can be looked up in it later. A version forecasts
the same from the same prices, so its ledger rows are what the registered model says.
"""

from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.database.ledger import newest_forecast, versions_that_forecast
from wellhead.database.operations import read_table
from wellhead.errors import NoChampionError, NoDataError, UnknownCommodityError
from wellhead.tables import STATISTICS
from wellhead.tracking.registry import Registered, champion, find_version


@dataclass(frozen=True)
class ServedForecast:
    """A forecast with its provenance.

    `forecast`: one row a day, or a month by its first day: target_at, horizon, STATISTICS.
    """

    commodity: str
    target: Target
    unit: str
    model: str
    version: str
    reason: str
    """Why the model is champion, if it is or has been; else empty."""
    run_id: str
    code_version: str
    source: str
    made_at: pd.Timestamp
    last_observed_at: pd.Timestamp
    forecast: pd.DataFrame

    @property
    def age_days(self) -> int:
        """Whole days since the last price that the forecast was made from."""
        return (now() - self.last_observed_at).days


def champion_forecast(commodity: str, target: Target = Target.DAILY) -> ServedForecast:
    """The newest ledger forecast of a commodity's champion for a target.

    Raises UnknownCommodityError; NoChampionError before the first run; NoDataError while a new
    champion has not forecast yet.
    """
    return _newest(champion(find_instrument(commodity).key, target))


def champions() -> list[ServedForecast]:
    """The newest forecast of days of every champion that has made one, by commodity."""
    served = []
    for key in sorted(read_table("promotions")["commodity"].unique()):
        with suppress(NoChampionError, NoDataError, UnknownCommodityError):
            served.append(_newest(champion(key)))
    return served


def comparable_forecasts(best: ServedForecast) -> list[ServedForecast]:
    """A champion's forecast, then the other models' that were made from the same prices.

    Where several versions of a model made one, the newest version speaks for it.
    """
    versions = versions_that_forecast(best.commodity, best.target, best.source, best.made_at)
    return [
        best,
        *(
            _newest(find_version(best.commodity, best.target, version))
            for model, version in versions.items()
            if model != best.model
        ),
    ]


def _newest(registered: Registered) -> ServedForecast:
    rows = newest_forecast(
        registered.commodity,
        registered.target,
        registered.model,
        registered.version,
        registered.source,
    )
    if rows.empty:
        raise NoDataError(
            f"{registered.model}, version {registered.version}, has not forecast "
            f"{registered.commodity} yet. A run under way will do it; else run the pipeline: "
            "`make run`."
        )
    wide = rows.pivot(index=["target_at", "horizon"], columns="statistic", values="value")
    first = rows.iloc[0]
    return ServedForecast(
        commodity=registered.commodity,
        target=registered.target,
        unit=first["unit"],
        model=registered.model,
        version=registered.version,
        reason=registered.reason,
        run_id=first["run_id"],
        code_version=first["code_version"],
        source=first["source"],
        made_at=first["made_at"],
        last_observed_at=first["last_observed_at"],
        forecast=wide[list(STATISTICS)].reset_index().rename_axis(columns=None),
    )
