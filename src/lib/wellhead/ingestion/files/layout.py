"""How a file is laid out, where it does not say so itself: options, or `layout.yml` beside it.

wti.csv: {date_column: Datum, value_column: Kurs, decimal: ",", date_format: "%d.%m.%Y"}
Crude Oil Futures.csv: {instrument: WTI_FRONT}
"""

import datetime
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from wellhead.errors import InputError, SettingsError
from wellhead.files import read_strict_yaml

LAYOUT_FILE = "layout.yml"
_A_DAY = datetime.datetime(2021, 11, 23, tzinfo=datetime.UTC)


class FileLayout(BaseModel):
    """The layout of one file; None is what the file says itself.

    `date_column`, `value_column`: their names in the header. `decimal`: "." or ",". `date_format`:
    as of Python's strptime, %d/%m/%Y. `instrument`: what the file holds, if its name does not say.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    date_column: str | None = None
    value_column: str | None = None
    decimal: Literal[".", ","] | None = None
    date_format: str | None = None
    instrument: str | None = None

    @field_validator("date_format")
    @classmethod
    def _gives_a_day(cls, form: str | None) -> str | None:
        if form is not None and not _reads_back(form):
            raise ValueError(f"{form!r} gives no day: write it as %d/%m/%Y")
        return form

    def over(self, other: "FileLayout") -> "FileLayout":
        """This layout, and what it leaves open from another."""
        return other.model_copy(update=self.model_dump(exclude_none=True))


def layout_options(**options: str | None) -> FileLayout | None:
    """A layout from the options of a command; None if none is given.

    Raises InputError that names the option.
    """
    if not any(options.values()):
        return None
    try:
        return FileLayout.model_validate(options)
    except ValidationError as error:
        name, reason = _problem(error)
        raise InputError(f"--{name.replace('_', '-')}: {reason}.") from error


def layout_of(path: Path, options: FileLayout | None = None) -> FileLayout:
    """The layout of a file: the options given, and for the rest `layout.yml` of its folder.

    Raises SettingsError that names the file and the entry at fault.
    """
    beside = layouts(path.parent).get(path.name, FileLayout())
    return options.over(beside) if options else beside


def layouts(folder: Path) -> dict[str, FileLayout]:
    """The layouts in `layout.yml` of a folder, by file name; none if there is no such file."""
    path = folder / LAYOUT_FILE
    if not path.exists():
        return {}
    try:
        entries = read_strict_yaml(path) or {}
        read = {str(name): _entry(path, str(name), entry) for name, entry in entries.items()}
    except (yaml.YAMLError, AttributeError, OSError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{path} does not describe files: {reason}.") from error
    if absent := [name for name in read if not (folder / name).is_file()]:
        raise SettingsError(f"{path}: there is no file {absent[0]!r} beside it.")
    return read


def _entry(path: Path, name: str, entry: Any) -> FileLayout:
    try:
        return FileLayout.model_validate(entry)
    except ValidationError as error:
        field, reason = _problem(error)
        known = ", ".join(FileLayout.model_fields)
        where = f"{name}, {field}" if field else name
        raise SettingsError(f"{path}: {where}: {reason}. The keys are {known}.") from error


def _problem(error: ValidationError) -> tuple[str, str]:
    first = error.errors(include_url=False)[0]
    return ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")


def _reads_back(form: str) -> bool:
    """Whether a day written in this form is read as the same day."""
    try:
        written = _A_DAY.strftime(form)
        return datetime.datetime.strptime(written, form).date() == _A_DAY.date()  # noqa: DTZ007 - only its day counts
    except ValueError:
        return False
