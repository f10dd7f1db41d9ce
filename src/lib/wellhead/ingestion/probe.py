"""Whether FRED answers now: one request, and five seconds for it, whatever holds it up."""

from datetime import timedelta
from threading import Thread

from wellhead.calendars import now
from wellhead.errors import SourceFormatError, WellheadError
from wellhead.ingestion import fred, fred_graph
from wellhead.ingestion.keyed import JsonApi
from wellhead.ingestion.pacing import Temporary
from wellhead.ingestion.responses import read_object
from wellhead.settings import get_settings

LIMIT = 5.0  # seconds
_CODE = fred.SERIES["WTI"].code
_DAYS = timedelta(days=60)  # a window that has prices even when EIA publishes weeks late


def fault_of_fred(limit: float | None = None) -> str:
    """Why FRED cannot be loaded from now, in words; empty if it answers. Never raises.

    A thread asks, because the look-up of a name has no time-out. It may outlive the call.
    """
    faults: list[str] = []
    asking = Thread(target=lambda: faults.append(_fault()), name="probe of FRED", daemon=True)
    asking.start()
    asking.join(LIMIT if limit is None else limit)
    return faults[0] if faults else f"fred did not answer within {limit or LIMIT:g} s"


def _fault() -> str:
    try:
        if get_settings().fred_api_key:
            _ask_with_key()
        else:
            _ask_without_key()
    except (Temporary, WellheadError, OSError) as error:
        return str(error).rstrip(".")
    return ""


def _ask_with_key() -> None:
    with JsonApi("fred", fred.PACE, fred.KEY_PAGE) as api:
        asked = {"series_id": _CODE, "file_type": "json"}
        body = api.read_once("/fred/series", asked, read_object)
    if "seriess" not in body:
        raise SourceFormatError(f"fred does not describe {_CODE}")


def _ask_without_key() -> None:
    since = (now() - _DAYS).date()
    with fred_graph.open_graph() as api:
        asked = fred_graph.parameters(_CODE, since)
        header, *rows = api.read_once(fred_graph.PATH, asked, fred_graph.read_table)
    fred_graph.checked(header, rows, _CODE, since)
