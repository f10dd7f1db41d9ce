"""What routes are given: typed values in place of names, and the services."""

from typing import Annotated

from fastapi import Depends, Path

from api.services.model_service import ModelService, get_model_service
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.lookup import find_instrument


def _instrument(
    commodity: Annotated[
        str, Path(description="Key of the commodity, in any case.", examples=["WTI"])
    ],
) -> Instrument:
    return find_instrument(commodity)


Commodity = Annotated[Instrument, Depends(_instrument)]
Models = Annotated[ModelService, Depends(get_model_service)]
