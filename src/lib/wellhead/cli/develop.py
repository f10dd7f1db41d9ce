"""The commands for work on Wellhead itself: documents, tests."""

import sys
from pathlib import Path

import typer

commands = typer.Typer()


@commands.command()
def docs() -> None:
    """Write the documents generated from the code: catalogue, units, models, tables, settings."""
    from wellhead.reference.documents import DOCUMENTS
    from wellhead.settings import get_settings

    for name, write in DOCUMENTS.items():
        path = get_settings().home / "docs" / name
        path.write_text(write(), encoding="utf-8")
        typer.echo(f"written: {path}")


@commands.command()
def test() -> None:
    """Check lint and types, then run the tests in two processes, as `make test` does."""
    import subprocess

    from wellhead.settings import get_settings

    binaries, home = Path(sys.executable).parent, get_settings().home
    for command in (
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["pytest", "-n", "2", "--dist", "worksteal"],
    ):
        ended = subprocess.run([binaries / command[0], *command[1:]], cwd=home, check=False)  # noqa: S603 - our own tools
        if ended.returncode:
            raise typer.Exit(ended.returncode)
