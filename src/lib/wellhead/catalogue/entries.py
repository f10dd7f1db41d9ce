"""All instruments: built in, described by the user, and remembered from earlier loads.

They are kept in three files of one form, `instruments.yml`: the one next to this module; the one in
the folder of CSV files, for the user's own instruments; and the one in `var/`, which keeps a copy
of the latter once they are loaded.
"""

from functools import lru_cache
from pathlib import Path

from filelock import FileLock

from wellhead.catalogue.instruments import Instrument, read_instruments, write_instruments
from wellhead.errors import SettingsError, UnitMismatchError
from wellhead.settings import get_settings

_BUILT_IN = Path(__file__).with_name("instruments.yml")


def catalogue() -> dict[str, Instrument]:
    """All instruments by key.

    The user's own description wins, but a built-in instrument keeps its unit, underlying, kind,
    market and place.
    Raises SettingsError where the description states another unit.
    """
    ours, own = built_in(), dict(_described())
    for key in ours.keys() & own.keys():
        if own[key].unit != ours[key].unit:
            raise SettingsError(
                f"{_own_file()}: {key}, field unit: {key} is stored in {ours[key].unit}. "
                "Convert the file, or give the series a key of its own."
            )
        own[key] = own[key].as_kind_of(ours[key])
    remembered = {key: entry for key, entry in _read(_memory()).items() if key not in ours}
    return ours | remembered | own


def built_in() -> dict[str, Instrument]:
    """The instruments that come with Wellhead, by key: those of docs/catalogue.md."""
    return _read(_BUILT_IN)


def remember(instrument: Instrument) -> None:
    """Copy the description of a user's own instrument to `var/`.

    Programs started later then know it without WELLHEAD_CSV_DIR. Loads call this before they store
    a row. Raises UnitMismatchError if rows were loaded under another unit.
    """
    if _described().get(instrument.key) != instrument or instrument.key in built_in():
        return
    path = _memory()
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        known = _read(path)
        before = known.get(instrument.key, instrument)
        if before.unit != instrument.unit:
            raise UnitMismatchError(
                f"{instrument.key} was loaded in {before.unit}; {_own_file()} now says "
                f"{instrument.unit}. Give the new series a key of its own."
            )
        if known.get(instrument.key) != instrument:
            write_instruments(path, known | {instrument.key: instrument})


def _own_file() -> Path | None:
    folder = get_settings().csv_dir
    return folder / "instruments.yml" if folder else None


def _described() -> dict[str, Instrument]:
    path = _own_file()
    return _read(path) if path else {}


def _memory() -> Path:
    return get_settings().var / "instruments.yml"


def _read(path: Path) -> dict[str, Instrument]:
    """The instruments of a file, read again when it has changed; none if it does not exist."""
    try:
        stat = path.stat()
    except OSError:
        return {}
    return _read_version(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)


@lru_cache(maxsize=16)
def _read_version(path: Path, *_version: int) -> dict[str, Instrument]:
    return read_instruments(path)
