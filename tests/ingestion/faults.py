"""What a live source may say wrongly, source by source, and the error each must end in."""

import json
from dataclasses import replace

from tests.ingestion.forms import (
    cftc_rows,
    cftc_server,
    chart,
    eia_page,
    eia_rows,
    graph_file,
    graph_server,
)
from tests.ingestion.replay import KEY, Answer, Asked
from tests.ingestion.spoils import (
    Spoil,
    changed,
    each_line,
    each_row,
    first_page,
    in_chart,
    in_text,
    instead,
    later_page,
    renamed,
    with_nan,
)
from tests.ingestion.upstreams import DAYS, LATER, NET, STORED, UPSTREAMS, WEEKS
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
GRAPH: Faults = {
    "no rows": (instead(Answer(graph_file([], []))), EmptySourceError),
    "another series": (
        in_text(lambda text: text.replace("DCOILWTICO", "DCOILBRENTEU")),
        SourceFormatError,
    ),
    "several series": (each_line(lambda line: f"{line},1.5"), SourceFormatError),
    "a line without a cell": (
        in_text(lambda text: text.replace(",70.25", "", 1)),
        SourceFormatError,
    ),
    "a series that its owner forbids": (
        instead(Answer("<!DOCTYPE html><html>Not Found</html>", 404)),
        SourceUnavailableError,
    ),
    "a redirect": (
        instead(Answer("", 302, {"Location": "http://127.0.0.1:1/"})),
        SourceUnavailableError,
    ),
    "a last line cut": (in_text(lambda text: text[:-2]), SourceFormatError),
    "a quote without end": (
        in_text(lambda text: text.replace(",70.25", ',"70.25', 1)),
        SourceFormatError,
    ),
    "text for numbers": (
        each_line(lambda line: f"{line.partition(',')[0]},n.v."),
        ValidationRefusedError,
    ),
    "dots for all values": (each_line(lambda line: f"{line.partition(',')[0]},."), LostDaysError),
    "days of another form": (
        each_line(lambda line: f"02/01/2024,{line.partition(',')[2]}"),
        LostDaysError,
    ),
    "other days than are stored": (
        instead(graph_server(DAYS[STORED:], ["70.5"] * 10)(Asked("", {"id": "DCOILWTICO"}, {}))),
        LostDaysError,
    ),
    "days twice": (
        in_text(lambda text: text + "\n".join(text.splitlines()[1:6]).replace(".25", ".5") + "\n"),
        ValidationRefusedError,
    ),
}  # a table, one case a line

_ROWS = cftc_rows(WEEKS, NET)


def _rows_alone(spoil: Spoil) -> Spoil:
    """Spoils the pages, and leaves the count of rows good."""
    return lambda good, asked: good if "count" in asked.query["$select"] else spoil(good, asked)


def _each_report(**cells: str | None) -> Spoil:
    """Sets cells of every report; None leaves a cell out, as Socrata does with an empty one."""

    def change(body: list[dict[str, str | None]]) -> list[dict[str, str | None]]:
        return [{k: v for k, v in {**row, **cells}.items() if v is not None} for row in body]

    return _rows_alone(changed(change))


CFTC: Faults = {
    "no rows": (instead(Answer([{"total": "0"}])), EmptySourceError),
    "no total": (instead(Answer([{"count": "67"}])), SourceFormatError),
    "an object in place of the rows": (
        _rows_alone(instead(Answer({"rows": _ROWS}))),
        SourceFormatError,
    ),
    "a field left out": (_each_report(m_money_positions_long_all=None), SourceFormatError),
    "another market": (_each_report(cftc_contract_market_code="06765A"), SourceFormatError),
    "a page that repeats": (
        _rows_alone(
            lambda _, asked: cftc_server(_ROWS, 40)(
                replace(asked, query={**asked.query, "$offset": "0"})
            )
        ),
        SourceFormatError,
    ),
    "an empty page": (
        lambda good, asked: good if asked.query.get("$offset", "0") == "0" else Answer([]),
        SourceFormatError,
    ),
    "a report more than counted": (
        lambda good, asked: Answer([{"total": "3"}]) if "$order" not in asked.query else good,
        SourceFormatError,
    ),
    "an error with status 200": (
        instead(Answer({"error": True, "message": "Internal error", "code": "internal"})),
        SourceUnavailableError,
    ),
    "a query that is refused": (
        instead(Answer({"errorCode": "query.soql.no-such-column", "message": "No column"}, 400)),
        SourceUnavailableError,
    ),
    "NaN as a number": (
        _rows_alone(
            lambda good, _: replace(good, body=json.dumps(good.body).replace('"50000"', "NaN"))
        ),
        SourceFormatError,
    ),
    "text for numbers": (_each_report(m_money_positions_short_all="n.v."), ValidationRefusedError),
    "other weeks than are stored": (
        lambda _, asked: cftc_server(cftc_rows(WEEKS[STORED:], NET[STORED:]))(asked),
        LostDaysError,
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
    "fred without a key": GRAPH,
    "cftc": CFTC,
    "yahoo": YAHOO,
}
