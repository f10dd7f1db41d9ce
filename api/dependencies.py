"""What routes are given: typed values in place of names, and the services.

These functions are `async` because none of them waits: FastAPI runs others in a thread of their own
for every request.
"""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from fastapi.dependencies.models import Dependant

from api.problems import bad_request, shown
from api.services.analytics_service import AnalyticsService, get_analytics_service
from api.services.data_service import DataService, get_data_service
from api.services.forecast_service import ForecastService, get_forecast_service
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.tables import QUANTILES


async def _instrument(
    commodity: Annotated[
        str,
        Path(description="Key of the commodity, in any case.", examples=["WTI"], max_length=64),
    ],
) -> Instrument:
    return find_instrument(commodity)


async def _quantiles(
    quantiles: Annotated[
        str | None,
        Query(
            description="Which quantiles, separated by commas; all by default.",
            examples=["0.1,0.5,0.9"],
            max_length=100,
            pattern=r"^0\.\d{1,3}(,0\.\d{1,3})*$",
        ),
    ] = None,
) -> Sequence[float] | None:
    if quantiles is None:
        return None
    known = {f"{each:g}": each for each in QUANTILES}
    names = quantiles.split(",")
    if len(set(names)) != len(names) or not set(names) <= set(known):
        raise bad_request(f"quantiles: name each once, of {', '.join(known)}.")
    return [known[name] for name in names]


async def cacheable(request: Request) -> None:
    """Let the response be kept until data changes."""
    request.state.cacheable = True


async def only_known_parameters(request: Request) -> None:
    """Refuse a parameter that the route does not have, and one that is given twice.

    A misspelt parameter would be trimmed in silence.
    """
    known = _parameters(request.scope["route"].dependant)
    given = [name for name, _ in request.query_params.multi_items()]
    if unknown := [name for name in given if name not in known]:
        takes = f"takes {', '.join(sorted(known))}" if known else "takes none"
        raise bad_request(f"parameter {shown(unknown[0])} is not known: this path {takes}.")
    if len(set(given)) < len(given):
        raise bad_request("a parameter is given twice: give it once.")


def _parameters(dependant: Dependant) -> set[str]:
    names = {parameter.alias for parameter in dependant.query_params}
    return names.union(*map(_parameters, dependant.dependencies))


STORED_DATA = (Depends(only_known_parameters), Depends(cacheable))
"""Dependencies of every router that serves what the database holds."""
Commodity = Annotated[Instrument, Depends(_instrument)]
Analytics = Annotated[AnalyticsService, Depends(get_analytics_service)]
Data = Annotated[DataService, Depends(get_data_service)]
Forecasts = Annotated[ForecastService, Depends(get_forecast_service)]
Quantiles = Annotated[Sequence[float] | None, Depends(_quantiles)]
TargetName = Annotated[
    Target,
    Query(description="Prices of coming sessions, or averages of months from the current one."),
]
SourceName = Annotated[
    str | None, Query(max_length=64, description="Source of the prices, such as `eia`.")
]
ModelName = Annotated[
    str | None, Query(max_length=64, description="Key of a model; the champion by default.")
]
