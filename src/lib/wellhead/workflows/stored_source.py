"""The source of a notebook or command that only reads, and names none."""

from wellhead.calendars import now
from wellhead.catalogue.instruments import Instrument
from wellhead.database.operations import freshest_source
from wellhead.settings import AUTO, get_settings


def source_to_read(instrument: Instrument, named: str | None = None) -> str:
    """The source whose stored daily prices of an instrument to read.

    `named` None is the source of the settings. `auto` is the one with the newest day. Raises
    NoDataError if that is asked for and none are stored.
    """
    wanted = named or get_settings().source
    return freshest_source(instrument.key, "daily", now()) if wanted == AUTO else wanted
