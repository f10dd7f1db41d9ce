"""The source of a command that loads, and names none. Below the interfaces a source is concrete.

The setting `source` may name one. `auto`, its default, is resolved here, once a command: to FRED
where it answers or is stored, else to the prices that come with the packages. What only reads
stored prices asks `workflows.stored_source`.
"""

from typing import NamedTuple

from wellhead.database.series import stored_frequencies
from wellhead.ingestion.probe import fault_of_fred
from wellhead.settings import AUTO, get_settings
from wellhead.workflows.loading.sources import source_key

LIVE, OFFLINE = "fred", "archive"


class Choice(NamedTuple):
    """A source, and one line that says why `auto` has chosen it; empty where it was named."""

    source: str
    reason: str = ""


def choose_source(named: str | None = None) -> Choice:
    """The source to load from. `named` None or empty is the source of the settings.

    Raises UnknownSourceError for a name that is no source. `auto` is FRED where it answers, else
    the archive. Once prices of FRED are stored it stays FRED: a run of the archive, which ends in
    2019, would replace the published forecasts.
    """
    wanted = named or get_settings().source
    if wanted != AUTO:
        return Choice(source_key(wanted))
    if fault := fault_of_fred():
        why = f"no live prices, because {fault}. Name a source to decide otherwise."
        if stored_frequencies(LIVE):
            stays = "prices of FRED are stored, and the archive would replace their forecasts"
            return Choice(LIVE, f"Source {LIVE} (auto), although {fault}: {stays}.")
        return Choice(OFFLINE, f"Source {OFFLINE} (auto): {why}")
    access = "with FRED_API_KEY" if get_settings().fred_api_key else "without a key"
    return Choice(LIVE, f"Source {LIVE} (auto): live prices; FRED answers {access}.")
