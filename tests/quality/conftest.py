"""A real database, and a CSV folder to load into it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from wellhead.settings import get_settings

Write = Callable[[str, list[str]], None]


@pytest.fixture
def folder(
    database: object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Path]:
    """An empty folder that the source csv reads, beside an empty database."""
    monkeypatch.setenv("WELLHEAD_CSV_DIR", str(tmp_path))
    monkeypatch.setenv("WELLHEAD_VAR_DIR", str(tmp_path / "var"))
    get_settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
def write(folder: Path) -> Write:
    """Writes a file `date,value` of the folder."""

    def write_file(name: str, rows: list[str]) -> None:
        (folder / f"{name}.csv").write_text("\n".join(["date,value", *rows]) + "\n")

    return write_file


def business_days(count: int, first: str = "2021-01-04", value: float = 60.0) -> list[str]:
    """Rows of a CSV file: `count` weekdays with slowly changing values."""
    days = pd.bdate_range(first, periods=count)
    return [f"{day:%Y-%m-%d},{value + number % 7:.2f}" for number, day in enumerate(days)]
