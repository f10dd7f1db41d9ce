"""The instruments of the catalogue."""

from fastapi import APIRouter, Depends, Response

from api.auth.decisions import Requires
from api.dependencies import STORED_DATA, Commodity, Data
from api.errors import responses
from api.routes.bodies import json_response
from api.schemas.data import CommodityAnswer, CommodityList
from wellhead.workflows.access.keys import Scope

router = APIRouter(
    prefix="/v1/commodities",
    tags=["commodities"],
    dependencies=[Depends(Requires(Scope.READ)), *STORED_DATA],
)


@router.get("", response_model=CommodityList, responses=responses())
def read_commodities(data: Data) -> Response:
    """Every instrument, with its unit, its calendar and its champions."""
    return json_response(CommodityList(commodities=data.commodities()))


@router.get("/{commodity}", response_model=CommodityAnswer, responses=responses(404))
def read_commodity(commodity: Commodity, data: Data) -> Response:
    """One instrument."""
    return json_response(data.commodity(commodity))
