"""Tables on the terminal."""

import io

from rich.console import Console

from wellhead.cli.terminal.output import table


def _printed(*arguments: object, **options: object) -> str:
    console = Console(file=io.StringIO(), width=60)
    console.print(table(*arguments, **options))  # type: ignore[arg-type]
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_a_table_has_its_title_headings_and_cells_and_none_is_empty() -> None:
    printed = _printed("Loads", ("series", 63), [("WTI", 1.5), ("BRENT", None)])
    assert printed.splitlines()[0].rstrip() == "Loads"
    for text in ("series", "63", "WTI", "1.5", "BRENT"):
        assert text in printed
    assert "None" not in printed


def test_only_the_named_columns_are_right_aligned() -> None:
    rows = [("a", 1), ("bbb", 1000)]
    assert "│ a    │     1 │" in _printed("", ("name", "count"), rows, right=("count",))
    assert "│ a    │ 1     │" in _printed("", ("name", "count"), rows)


def test_brackets_in_a_cell_are_shown_and_are_no_markup() -> None:
    assert "value=[/bold]" in _printed("", ("row",), [("value=[/bold]",)])
