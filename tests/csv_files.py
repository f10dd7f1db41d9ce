"""A folder of CSV files that tests have the source csv read."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wellhead.settings import get_settings

Write = Callable[[str, list[str]], None]


@pytest.fixture
def csv_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder that the source csv reads."""
    monkeypatch.setenv("WELLHEAD_CSV_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
def folder(database: object, csv_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Such a folder beside an empty database; what is kept in `var` is kept in it."""
    monkeypatch.setenv("WELLHEAD_VAR_DIR", str(csv_folder / "var"))
    get_settings.cache_clear()
    return csv_folder


@pytest.fixture
def write(folder: Path) -> Write:
    """Writes a file `date,value` of that folder."""
    return lambda name, rows: write_csv(folder, name, rows)


def write_csv(folder: Path, name: str, rows: list[str]) -> None:
    """A file of an instrument; `rows` are `date,value`."""
    (folder / f"{name}.csv").write_text("\n".join(["date,value", *rows]) + "\n")
