"""A folder of files, one instrument each: which file holds what, and which are passed over."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import Frequency
from wellhead.errors import SettingsError, UnknownCommodityError
from wellhead.ingestion.files.layout import LAYOUT_FILE, layouts

EXTENSIONS = (".csv", ".tsv", ".xls", ".xlsx")
_DESCRIPTIONS = ("instruments.yml", LAYOUT_FILE)
_FREQUENCY_WORDS: tuple[Frequency, ...] = ("weekly", "monthly")
_NAMED = 6  # of the files passed over, in a message


@dataclass(frozen=True)
class FolderFiles:
    """`files` by catalogue key, and the names of the files `passed_over`, by the reason."""

    files: dict[str, Path]
    passed_over: dict[str, list[str]]

    def hint(self) -> str:
        """The files passed over, with the reason and how to call them; or nothing."""
        if not self.passed_over:
            return ""
        parts = [f"{_listed(names)} ({reason})" for reason, names in self.passed_over.items()]
        return (
            f" Passed over: {'; '.join(parts)}. Name a file after its instrument, as wti.csv, or "
            f"say in {LAYOUT_FILE} beside it what it holds, as DCOILWTICO.csv: {{instrument: WTI}}."
        )


def folder_files(folder: Path) -> FolderFiles:
    """The files of a folder. Raises SettingsError for two of one instrument, or a bad layout."""
    known, files = _named_in_layouts(folder), dict[str, Path]()
    passed_over: dict[str, list[str]] = {}
    for path in _visible(folder):
        if path.suffix.lower() not in EXTENSIONS:
            passed_over.setdefault(f"not {', '.join(EXTENSIONS)}", []).append(path.name)
            continue
        key = known[path.name] if path.name in known else _instrument(path.stem)
        if key is None:
            passed_over.setdefault("no instrument has this name", []).append(path.name)
        elif key in files:
            raise SettingsError(f"{path} and {files[key]} are both {key}. Keep one of them.")
        else:
            files[key] = path
    return FolderFiles(files, passed_over)


def instrument_of(path: Path) -> str | None:
    """The key of the instrument in a file, by `layout.yml` or by its name; None if unknown."""
    return _named_in_layouts(path.parent).get(path.name) or _instrument(path.stem)


def frequency_of(path: Path) -> Frequency:
    """The frequency in a file's name (…weekly, …monthly); any other file is daily."""
    words = path.stem.lower().split("_")
    return next((word for word in _FREQUENCY_WORDS if word in words), "daily")


def _named_in_layouts(folder: Path) -> dict[str, str]:
    """The instruments that `layout.yml` names, by file. Raises SettingsError for an unknown one."""
    named = {name: layout.instrument for name, layout in layouts(folder).items()}
    try:
        return {name: find_instrument(key).key for name, key in named.items() if key}
    except UnknownCommodityError as error:
        raise SettingsError(f"{folder / LAYOUT_FILE}: instrument: {error}") from error


def _visible(folder: Path) -> Iterator[Path]:
    """The files of a folder in order of their names, less hidden ones and descriptions."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith(".") and path.name not in _DESCRIPTIONS:
            yield path


def _instrument(name: str) -> str | None:
    try:
        return find_instrument(name).key
    except UnknownCommodityError:
        return None


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(f"'{name}'" for name in names[:_NAMED]) + more
