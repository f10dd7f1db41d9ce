"""The catalogue: every instrument Wellhead knows, and what a value of it means.

An instrument is anything with a price or level: a commodity that is forecast, or a covariate. The
entries stand in three files of one form, `instruments.yml`: the one beside this module; the one
of the folder of CSV files, for instruments of one's own; and the one in `var/`, which remembers
the latter once they are loaded. Dated futures contracts are made by rule
(`wellhead.catalogue.contracts`). Codes at a source stand in that source's own module;
docs/catalogue.md joins them.
"""

from functools import lru_cache
from pathlib import Path

from filelock import FileLock

from wellhead.catalogue.contracts import Contract, parse_contract
from wellhead.catalogue.instruments import Instrument, read_instruments, write_instruments
from wellhead.errors import SettingsError, UnitMismatchError, UnknownCommodityError
from wellhead.settings import get_settings

__all__ = ["Instrument", "built_in", "catalogue", "find_instrument", "remember"]

_BUILT_IN = Path(__file__).with_name("instruments.yml")


def catalogue() -> dict[str, Instrument]:
    """All instruments by key: built in, remembered from earlier loads, and described by the user.

    A description of one's own wins, except that it cannot change the unit of a built-in
    instrument. Raises SettingsError.
    """
    ours, own = built_in(), _described()
    for key in ours.keys() & own.keys():
        if own[key].unit != ours[key].unit:
            raise SettingsError(
                f"{_own_file()}: {key}, field unit: {key} is kept in {ours[key].unit}. "
                "Convert the file, or give the series a key of its own."
            )
    remembered = {key: entry for key, entry in _read(_memory()).items() if key not in ours}
    return ours | remembered | own


def built_in() -> dict[str, Instrument]:
    """The instruments that come with Wellhead, by key: those of docs/catalogue.md."""
    return _read(_BUILT_IN)


def find_instrument(name: str) -> Instrument:
    """The instrument called `name`: its key in any case, an alias such as a file's stem, or the
    key, code or symbol of a dated contract (WTI_2026_12, CLZ26, CLZ26.NYM).

    Raises UnknownCommodityError with the keys that exist.
    """
    known, wanted = catalogue(), str(name).strip()
    if wanted.upper() in known:
        return known[wanted.upper()]
    for instrument in known.values():
        if wanted.lower() in map(str.lower, instrument.aliases):
            return instrument
    if contract := parse_contract(wanted):
        return _of_contract(contract, known[f"{contract.market}_FRONT"])
    raise UnknownCommodityError(
        f"commodity {name!r} is not in the catalogue. Choose one of: {', '.join(known)}. "
        "A dated future is written WTI_2026_12 or CLZ26."
    )


def remember(instrument: Instrument) -> None:
    """Keep the description of an instrument of one's own in `var/`, for programs started later
    without WELLHEAD_CSV_DIR. Loads do it before they store a row.

    Raises UnitMismatchError if rows were loaded under another unit.
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


def _of_contract(contract: Contract, front: Instrument) -> Instrument:
    """A contract is quoted as the front month of its root is."""
    commodity, _, _ = front.name.partition(",")
    name = f"{commodity}, future for {contract.delivery:%B %Y} ({contract.code})"
    return front.model_copy(update={"key": contract.key, "name": name, "kind": "contract"})


def _own_file() -> Path | None:
    folder = get_settings().csv_dir
    return folder / "instruments.yml" if folder else None


def _described() -> dict[str, Instrument]:
    path = _own_file()
    return _read(path) if path else {}


def _memory() -> Path:
    return get_settings().var / "instruments.yml"


def _read(path: Path) -> dict[str, Instrument]:
    """The instruments of a file, read again when it has changed; none if it is not there."""
    try:
        stat = path.stat()
    except OSError:
        return {}
    return _read_version(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)


@lru_cache(maxsize=16)
def _read_version(path: Path, *_version: int) -> dict[str, Instrument]:
    return read_instruments(path)
