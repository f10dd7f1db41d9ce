"""What a live source may say wrongly, source by source, and the error each must end in."""

from tests.ingestion.forms import chart, eia_page, eia_rows
from tests.ingestion.replay import KEY, Answer
from tests.ingestion.spoils import (
    Spoil,
    changed,
    each_row,
    first_page,
    in_chart,
    instead,
    later_page,
    renamed,
    with_nan,
)
from tests.ingestion.upstreams import DAYS, LATER, STORED, UPSTREAMS
from wellhead.errors import (
    EmptySourceError,
    LostDaysError,
    SourceFormatError,
    SourceUnavailableError,
    UnitMismatchError,
    ValidationRefusedError,
    WellheadError,
)

Faults = dict[str, tuple[Spoil, type[WellheadError]]]

EIA: Faults = {
    "no rows": (instead(eia_page([])), EmptySourceError),
    "a field renamed": (each_row("response.data", renamed("value", "price")), SourceFormatError),
    "another unit": (
        each_row("response.data", lambda row: row.update(units="CENTS/GAL")),
        UnitMismatchError,
    ),
    "another series": (
        each_row("response.data", lambda row: row.update(series="RBRTE")),
        SourceFormatError,
    ),
    "a page that repeats": (first_page(UPSTREAMS["eia"].good(LATER)), SourceFormatError),
    "an empty page": (later_page(lambda b: b["response"].update(data=[])), SourceFormatError),
    "a total that grows": (
        later_page(lambda b: b["response"].update(total="9999")),
        SourceUnavailableError,
    ),
    "no total": (changed(lambda b: b["response"].pop("total") and None), SourceFormatError),
    "NaN as a number": (with_nan, SourceFormatError),
    "cut, and stated to be complete": (
        changed(lambda b: b["response"].update(total=str(len(b["response"]["data"])))),
        SourceFormatError,
    ),
    "an error with status 200": (
        instead(Answer({"error": "no such route", "code": 404})),
        SourceUnavailableError,
    ),
    "a key that is refused": (
        instead(Answer({"error": {"code": "API_KEY_INVALID", "message": KEY}}, 403)),
        SourceUnavailableError,
    ),
    "text for numbers": (
        each_row("response.data", lambda row: row.update(value="n.v.")),
        ValidationRefusedError,
    ),
    "other days than are stored": (
        instead(eia_page(eia_rows(DAYS[STORED:], ["70.5"] * 10))),
        LostDaysError,
    ),
    "days twice": (
        changed(
            lambda b: b["response"]["data"].__setitem__(slice(1, 6), b["response"]["data"][:5])
        ),
        ValidationRefusedError,
    ),
}  # a table, one case a line

_SEEN = "/observations"
FRED: Faults = {
    "no rows": (changed(lambda b: b.update(count=0, observations=[]), _SEEN), EmptySourceError),
    "a field renamed": (
        each_row("observations", renamed("value", "val"), _SEEN),
        SourceFormatError,
    ),
    "another unit": (
        changed(lambda b: b["seriess"][0].update(units="Cents per Gallon"), "/series"),
        UnitMismatchError,
    ),
    "another frequency": (
        changed(lambda b: b["seriess"][0].update(frequency="Quarterly"), "/series"),
        SourceFormatError,
    ),
    "growth rates": (changed(lambda b: b.update(units="pch"), _SEEN), UnitMismatchError),
    "no total": (changed(lambda b: b.pop("count") and None, _SEEN), SourceFormatError),
    "an error with status 200": (
        instead(Answer({"error_code": 400, "error_message": "Bad Request."})),
        SourceUnavailableError,
    ),
    "a key that is refused": (
        instead(
            Answer(
                {
                    "error_code": 400,
                    "error_message": "The value for variable api_key is not registered.",
                },
                400,
            )
        ),
        SourceUnavailableError,
    ),
    "NaN as a number": (with_nan, SourceFormatError),
    "text for numbers": (
        each_row("observations", lambda row: row.update(value="n.v."), _SEEN),
        ValidationRefusedError,
    ),
}  # a table, one case a line
FRED_ALONE: Faults = {
    "a page that repeats": (first_page(UPSTREAMS["fred"].good(LATER)), SourceFormatError),
    "an empty page": (later_page(lambda b: b.update(observations=[])), SourceFormatError),
    "a total that grows": (later_page(lambda b: b.update(count=9_999)), SourceUnavailableError),
    "dots for all values": (
        each_row("observations", lambda row: row.update(value="."), _SEEN),
        LostDaysError,
    ),
}  # a table, one case a line
ALFRED: Faults = {
    "no vintages": (
        changed(lambda b: b.update(count=0, vintage_dates=[]), "/vintagedates"),
        EmptySourceError,
    ),
    "vintages that are no days": (
        changed(lambda b: b.update(count=1, vintage_dates=["soon"]), "/vintagedates"),
        SourceFormatError,
    ),
    "no real-time period": (
        each_row("observations", lambda row: row.pop("realtime_start"), _SEEN),
        SourceFormatError,
    ),
    "known before its day": (
        each_row("observations", lambda row: row.update(realtime_start="1990-01-01"), _SEEN),
        SourceFormatError,
    ),
}  # a table, one case a line
YAHOO: Faults = {
    "no bars": (instead(Answer(chart("CL=F", [], []))), EmptySourceError),
    "no data": (
        instead(
            Answer(
                {
                    "chart": {
                        "result": None,
                        "error": {"code": "Not Found", "description": "No data"},
                    }
                }
            )
        ),
        EmptySourceError,
    ),
    "another currency": (in_chart(lambda c: c["meta"].update(currency="GBP")), UnitMismatchError),
    "coarser bars": (
        in_chart(lambda c: c["meta"].update(dataGranularity="1wk")),
        SourceFormatError,
    ),
    "another symbol": (in_chart(lambda c: c["meta"].update(symbol="BZ=F")), SourceFormatError),
    "no closes": (
        in_chart(lambda c: c["indicators"]["quote"][0].pop("close") and None),
        SourceFormatError,
    ),
    "nulls for all prices": (
        in_chart(lambda c: c["indicators"]["quote"][0].update(close=[None] * LATER)),
        LostDaysError,
    ),
}  # a table, one case a line

SAID = {
    "eia": EIA,
    "fred": FRED | FRED_ALONE,
    "alfred": {k: v for k, v in FRED.items() if k != "no rows"} | ALFRED,
    "yahoo": YAHOO,
}
