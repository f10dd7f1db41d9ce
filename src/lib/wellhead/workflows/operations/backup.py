"""Backup and restore of a workbench: everything that a run cannot make again, in one file.

    database.dump      the database, by pg_dump: prices, ledger, scores, MLflow's tables
    mlflow/            the files of the registered models and of their runs
    backtests/         what an upgrade exported from a former table
    instruments.yml    your own instruments, with their holidays
    manifest.json      what the backup is of, and the SHA-256 of each file

Secrets are not in it: neither the settings nor `.env`. Neither is what a run makes: `artifacts/`.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead import __version__
from wellhead.calendars import now
from wellhead.database.bars import refresh_bars
from wellhead.database.runs import model_files_stay
from wellhead.database.server.backup import DUMP_BEGINS, complete, dump, load_dump
from wellhead.errors import InputError, StorageError
from wellhead.files import remove_leftovers, replacing, temporary_folder
from wellhead.settings import get_settings
from wellhead.workflows.operations.archive import unpack, write_archive

_FORMAT = 1
_DUMP = "database.dump"
_FOLDERS = ("mlflow", "backtests")
_DESCRIPTIONS = "instruments.yml"
_RECORD = "last_backup.json"


@dataclass(frozen=True)
class Backup:
    """A backup that was written here."""

    file: Path
    made_at: pd.Timestamp
    bytes: int
    models: int
    """Number of files under `mlflow/`."""


def back_up(file: Path) -> Backup:
    """Write a backup that only its owner can read, whole or not at all.

    The database comes first, then the files. A model's files exist before its rows, and nothing
    removes files meanwhile, so every model that the dump names is there, also if a run is at work.
    Raises InputError if the file cannot be written, StorageError.
    """
    if file.is_dir() or not file.parent.is_dir():
        raise InputError(f"{file} cannot be written: name a file in a folder that exists.")
    moment = now()
    try:
        remove_leftovers(file.parent)
        with model_files_stay(), temporary_folder(file.parent) as folder:
            dumped = folder / _DUMP
            about = {"format": _FORMAT, "wellhead": __version__, "made_at": moment.isoformat()}
            about |= asdict(dump(dumped))
            manifest = write_archive(file, [(_DUMP, dumped), *_files(get_settings().var)], about)
        models = sum(name.startswith("mlflow/") for name in manifest["files"])
        return _recorded(Backup(file.absolute(), moment, file.stat().st_size, models))
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror or error}.") from error


def last_backup() -> Backup | None:
    """The newest backup that was written from this folder; None if there is none."""
    try:
        known = json.loads((get_settings().var / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Backup(
        Path(known["file"]), pd.Timestamp(known["made_at"]), known["bytes"], known["models"]
    )


def restore(file: Path, *, replace: bool = False) -> bool:
    """Restore a backup, or the database from a dump; returns whether it held the models' files.

    Everything is unpacked and its digests checked before anything changes. The database changes in
    one transaction. If the program is stopped, restore again with `replace`. Raises InputError for
    another or a damaged file, BusyError while a run works, StorageError if there is data and
    `replace` is not set.
    """
    if is_dump := _is_dump(file):
        complete(load_dump(file, replace=replace))
    else:
        _restore_archive(file, replace)
    refresh_bars()
    return not is_dump


def _restore_archive(file: Path, replace: bool) -> None:
    var = get_settings().var
    remove_leftovers(var)
    with temporary_folder(var) as folder:
        manifest = unpack(file, folder, (_DUMP, *_FOLDERS, _DESCRIPTIONS))
        _require_known(file, manifest)
        if not replace:
            _require_no_files(var)
        names = set(manifest["files"]) - {_DUMP}
        added = _add_new(names, folder, var)
        try:
            had_roles = load_dump(
                folder / _DUMP, replace=replace, made_with=manifest["timescaledb"]
            )
        except BaseException:
            _remove(added, var)
            raise
        _replace_rest(names, folder, var)
    complete(had_roles)


def _is_dump(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(DUMP_BEGINS)) == DUMP_BEGINS
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from error


def _require_known(file: Path, manifest: dict[str, Any]) -> None:
    if manifest.get("format") != _FORMAT or _DUMP not in manifest["files"]:
        raise InputError(
            f"{file} is a backup of another version of Wellhead ({manifest.get('wellhead')}). "
            "Restore it with that version."
        )


def _require_no_files(var: Path) -> None:
    if existing := [name for name, _ in _files(var)]:
        raise StorageError(
            f"{var} is not empty: it holds {existing[0]}. Nothing was changed. Restore into an "
            "empty folder, or replace everything in it with --replace."
        )


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Names and paths of the files that a backup takes besides the database."""
    for name in _FOLDERS:
        for path in sorted(Path(folder, name).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix(), path
    if (path := folder / _DESCRIPTIONS).is_file():
        yield _DESCRIPTIONS, path


def _add_new(names: set[str], folder: Path, var: Path) -> list[Path]:
    """Move the files that do not exist yet. Nobody reads them until the database names them."""
    new = [name for name in names if name != _DESCRIPTIONS and not (var / name).exists()]
    for name in new:
        _move(folder / name, var / name)
    return [var / name for name in new]


def _replace_rest(names: set[str], folder: Path, var: Path) -> None:
    """Replace what exists by the backup's files, and remove what is not in the backup."""
    for name, path in list(_files(folder)):
        _move(path, var / name)
    _remove([path for name, path in _files(var) if name not in names], var)


def _move(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)


def _remove(paths: list[Path], var: Path) -> None:
    """Remove files, and the folders that are empty then."""
    for path in paths:
        path.unlink(missing_ok=True)
        parent = path.parent
        while parent != var and not any(parent.iterdir()):
            parent.rmdir()
            parent = parent.parent


def _recorded(made: Backup) -> Backup:
    var = get_settings().var
    with replacing(var / _RECORD) as path:
        record = {**asdict(made), "file": str(made.file), "made_at": made.made_at.isoformat()}
        path.write_text(json.dumps(record), encoding="utf-8")
    return made
