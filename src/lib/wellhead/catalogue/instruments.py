"""A catalogue entry, and files of entries: read strictly, written whole.

An error in a file is one line that names the file, the instrument and the field.
"""

from pathlib import Path
from typing import Any, Literal, Self, get_args
from zoneinfo import ZoneInfo

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from wellhead.catalogue.contracts import is_written_like_a_contract
from wellhead.catalogue.names import brief, check_alias, check_key, check_text
from wellhead.catalogue.own_calendars import find_calendar
from wellhead.catalogue.roots import ROOTS
from wellhead.catalogue.unit_factors import HEAT_CONTENT
from wellhead.catalogue.units import currency, is_known
from wellhead.errors import InputError, SettingsError
from wellhead.files import read_strict_yaml, replacing

Kind = Literal[
    "spot", "settle", "front", "contract", "average", "index", "rate", "stocks", "positions"
]
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


class Instrument(BaseModel):
    """One catalogue entry; the head of `instruments.yml` explains the fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    name: str
    underlying: str = "described by the user"
    kind: Kind = "spot"
    market: str | None = None
    place: int | None = Field(default=None, ge=1)
    unit: str
    product: str | None = None
    calendar: str
    week_ends: Weekday = "Friday"
    time_zone: str = "UTC"
    release_lag: tuple[int, int] | None = None
    licence: str = "as the files' own"
    plausible: tuple[float, float]
    typical: tuple[float, float] | None = None
    aliases: tuple[str, ...] = ()

    @property
    def currency(self) -> str | None:
        """The currency of a price; None for an instrument that is no price."""
        return currency(self.unit)

    @property
    def week_day(self) -> int:
        """The day of the week that stamps its weeks, 0 for Monday."""
        return get_args(Weekday).index(self.week_ends)

    def as_kind_of(self, built_in: Self) -> Self:
        """The same entry with the underlying, kind, market and place of a built-in one."""
        fields = ("underlying", "kind", "market", "place")
        return self.model_copy(update={name: getattr(built_in, name) for name in fields})

    @field_validator("key")
    @classmethod
    def _usable_key(cls, key: str) -> str:
        return check_key(key)

    @field_validator("name", "underlying", "licence")
    @classmethod
    def _one_line(cls, text: str) -> str:
        return check_text(text)

    @field_validator("aliases")
    @classmethod
    def _usable_aliases(cls, aliases: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(check_alias, aliases))

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        if not is_known(unit):
            raise ValueError(f"{unit!r} is not among the units of docs/units.md")
        return unit

    @field_validator("calendar")
    @classmethod
    def _known_calendar(cls, calendar: str, info: ValidationInfo) -> str:
        """A name, or a file of holidays beside the file of instruments."""
        try:
            return find_calendar(calendar, (info.context or {}).get("folder"))
        except InputError as error:
            raise ValueError(str(error).removeprefix("calendar ").removesuffix(".")) from None

    @field_validator("product")
    @classmethod
    def _known_product(cls, product: str | None) -> str | None:
        return product and _one_of(product, HEAT_CONTENT)

    @field_validator("market")
    @classmethod
    def _known_market(cls, market: str | None) -> str | None:
        return market and _one_of(market, ROOTS)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            return str(ZoneInfo(zone))
        except (KeyError, ValueError, OSError):  # ZoneInfo raises each of them
            raise ValueError(f"{zone!r} is not a time zone: write it as Europe/London") from None

    @field_validator("plausible", "typical")
    @classmethod
    def _ascending(cls, bounds: tuple[float, float] | None) -> tuple[float, float] | None:
        if bounds and not bounds[0] < bounds[1]:
            raise ValueError(f"{list(bounds)} is not [low, high]")
        return bounds

    @model_validator(mode="after")
    def _typical_is_plausible(self) -> Self:
        low, high = self.typical or self.plausible
        if low < self.plausible[0] or high > self.plausible[1]:
            raise ValueError(f"typical {[low, high]} lies outside plausible {list(self.plausible)}")
        return self


def _one_of(name: str, known: Any) -> str:
    if name not in known:
        raise ValueError(f"{name!r} is not one of {', '.join(known)}")
    return name


def read_instruments(path: Path) -> dict[str, Instrument]:
    """The instruments of a file by key. Raises SettingsError naming file, key and field."""
    try:
        entries = read_strict_yaml(path) or {}
        instruments = {
            str(key).upper(): _instrument(path, str(key).upper(), entries[key]) for key in entries
        }
    except (yaml.YAMLError, TypeError, AttributeError, OSError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{path} does not describe instruments: {reason}.") from error
    _require_unique_aliases(path, instruments)
    return instruments


def _instrument(path: Path, key: str, entry: dict[str, Any]) -> Instrument:
    try:
        named = Instrument.model_validate({**entry, "key": key}, context={"folder": path.parent})
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in problem["loc"]) or "typical"
        reason = problem["msg"].removeprefix("Value error, ")
        of_entry = "" if field == "key" else f"{key}, field {brief(field)}: "
        raise SettingsError(f"{path}: {of_entry}{reason}.") from error
    if is_written_like_a_contract(key):
        raise SettingsError(f"{path}: {key} is written like a dated future: take another key.")
    return named


def _require_unique_aliases(path: Path, instruments: dict[str, Instrument]) -> None:
    """An alias names a CSV file, so it can name one instrument only."""
    owners: dict[str, str] = {}
    for instrument in instruments.values():
        for name in {instrument.key.lower(), *map(str.lower, instrument.aliases)}:
            if owners.setdefault(name, instrument.key) != instrument.key:
                raise SettingsError(
                    f"{path}: {instrument.key}, field aliases: {name!r} already "
                    f"names {owners[name]}."
                )


def write_instruments(path: Path, instruments: dict[str, Instrument]) -> None:
    """Write a file that `read_instruments` reads: whole or not at all."""
    entries = {
        key: instrument.model_dump(mode="json", exclude={"key"}, exclude_defaults=True)
        for key, instrument in sorted(instruments.items())
    }
    with replacing(path) as temporary:
        text = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True)
        temporary.write_text(text, encoding="utf-8")
