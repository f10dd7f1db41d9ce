"""The catalogue: every instrument Wellhead knows, and what a value of it means.

An instrument is anything with a price or level: a commodity that is forecast, or a covariate.
The entries stand in `instruments.yml` beside this file; a folder of CSV files may bring more in
an `instruments.yml` of the same form. Codes at a source stand in that source's own module.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wellhead.errors import SettingsError, UnknownCommodityError
from wellhead.settings import get_settings

_BUILT_IN = Path(__file__).with_name("instruments.yml")


class Instrument(BaseModel):
    """One catalogue entry; `instruments.yml` explains the fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern="^[A-Z][A-Z0-9_]*$")  # it names files and tasks
    name: str
    unit: str
    calendar: Literal["NYSE", "LSE", "weekdays"]
    plausible: tuple[float, float]
    typical: tuple[float, float] | None = None
    kind: Literal["spot", "front", "index", "stocks"] = "spot"
    aliases: tuple[str, ...] = ()


def catalogue() -> dict[str, Instrument]:
    """All instruments by key: the built-in ones and those that the CSV folder describes."""
    folder = get_settings().csv_dir
    described = folder / "instruments.yml" if folder else None
    if described is None or not described.exists():
        return _read(_BUILT_IN)
    return _read(_BUILT_IN) | _read(described)


@lru_cache
def _read(path: Path) -> dict[str, Instrument]:
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return {key.upper(): Instrument(key=key.upper(), **entry) for key, entry in entries.items()}
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise SettingsError(f"{path}: {error.title} field {where}: {problem['msg']}.") from error
    except (yaml.YAMLError, TypeError, AttributeError, OSError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{path} does not describe instruments: {reason}.") from error


def find_instrument(name: str) -> Instrument:
    """The instrument called `name`: its key in any case, or an alias such as a file's stem.

    Raises UnknownCommodityError with the keys that exist.
    """
    known, wanted = catalogue(), str(name).strip()
    if wanted.upper() in known:
        return known[wanted.upper()]
    for instrument in known.values():
        if wanted.lower() in map(str.lower, instrument.aliases):
            return instrument
    raise UnknownCommodityError(
        f"commodity {name!r} is not in the catalogue. Choose one of: {', '.join(known)}."
    )
