"""Prices as they were known at a moment, as JSON or CSV."""

import csv
import io
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from api.auth.decisions import Requires
from api.dependencies import STORED_DATA, Commodity, Data, SourceName
from api.errors import responses
from api.routes.bodies import json_response
from api.schemas.data import PricePage
from api.schemas.inputs import Day, Moment
from api.services.paging import PageOfRows
from wellhead.catalogue.series import Frequency
from wellhead.workflows.access.keys import Scope

router = APIRouter(
    prefix="/v1/prices",
    tags=["prices"],
    dependencies=[Depends(Requires(Scope.READ)), *STORED_DATA],
)

Start = Annotated[Day | None, Query(description="First day, included.")]
End = Annotated[Day | None, Query(description="Last day, included.")]
AsOf = Annotated[
    Moment | None,
    Query(description="Prices as they were known then, with a time zone. Default: now."),
]
FrequencyName = Annotated[Frequency, Query(description="Frequency of the stored series.")]
Format = Annotated[Literal["json", "csv"], Query(description="CSV for a spreadsheet.")]


@router.get("/{commodity}", response_model=PricePage, responses=responses(404))
def read_prices(
    commodity: Commodity,
    data: Data,
    page: PageOfRows,
    start: Start = None,
    end: End = None,
    as_of: AsOf = None,
    source: SourceName = None,
    frequency: FrequencyName = "daily",
    format: Format = "json",
) -> Response:
    """Prices of one series, oldest first. Sources are never mixed."""
    found = data.prices(
        commodity,
        start=start,
        end=end,
        as_of=as_of,
        source=source,
        frequency=frequency,
        page=page,
    )
    return json_response(found) if format == "json" else _csv(found)


def _csv(page: PricePage) -> Response:
    """One line a price; the next page is in the header `Link` (RFC 8288)."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(["day", "value", "unit", "source", "available_at"])
    for row in page.prices:
        lines.writerow([row.day, row.value, page.unit, page.source, row.available_at.isoformat()])
    headers = {} if page.next is None else {"link": f'<?cursor={page.next}>; rel="next"'}
    return Response(text.getvalue(), 200, headers, "text/csv; charset=utf-8")
