"""Functions are short: at most 30 lines, docstring and decorators excluded."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

LONGEST = 30
ALLOWED = {
    "src/lib/wellhead/database/migrations/versions/0001_first_tables.py:upgrade": "a list",
}
"""Path:function -> why it is longer."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
SOURCES = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "api").rglob("*.py")])


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """The name and length in lines of every function of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node.name, _length(node)


def _length(node: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    end = node.end_lineno or node.lineno
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is None:
        return end - node.lineno + 1
    return end - node.lineno + 1 - ((first.end_lineno or first.lineno) - first.lineno + 1)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_function_is_longer_than_thirty_lines(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    too_long = {f"{name}:{function}": n for function, n in functions(path) if n > LONGEST}
    assert set(too_long) <= set(ALLOWED), too_long


def test_every_exception_still_exists() -> None:
    names = {
        f"{path.relative_to(ROOT).as_posix()}:{function}"
        for path in SOURCES
        for function, length in functions(path)
        if length > LONGEST
    }
    assert set(ALLOWED) <= names
