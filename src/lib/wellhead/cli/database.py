"""`wellhead database ...`: commands that operate the database."""

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()
group = typer.Typer(help="Operate the database: status, roles, backup.", no_args_is_help=True)
commands.add_typer(group, name="database")


@group.command()
def status() -> None:
    """Show server, connection, user, schema, TimescaleDB, sizes and replica."""
    from wellhead.workflows.operations.database import database_status

    lines = database_status()
    width = max(len(topic) for topic, _ in lines)
    for topic, text in lines:
        typer.echo(f"{topic:<{width}}  {text}")


@group.command()
def upgrade() -> None:
    """Bring the schema up to date, and adopt TimescaleDB if the server has got it."""
    from wellhead.workflows.operations import database as upkeep

    upkeep.upgrade()
    typer.echo("The schema is up to date.")


@group.command()
def roles() -> None:
    """Set up the roles wellhead_owner, wellhead_writer and wellhead_reader with their grants."""
    from wellhead.workflows.operations.database import set_up_roles

    set_up_roles()
    typer.echo(
        "wellhead_owner, wellhead_writer and wellhead_reader are set up in this database. "
        "To make a user a member: GRANT wellhead_reader TO name."
    )


@group.command()
def backup(file: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Write the whole database to a file."""
    from wellhead.settings import get_settings
    from wellhead.workflows.operations.database import back_up

    back_up(file)
    typer.echo(
        f"{file}: {file.stat().st_size:,} bytes. The backup does not contain the files of the "
        f"models and your own instruments: also copy {get_settings().var}/mlflow and "
        f"{get_settings().var}/instruments.yml if they exist."
    )


@group.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace everything in the database.")
    ] = False,
) -> None:
    """Fill the database from a backup. It must be empty unless you give --replace."""
    from wellhead.workflows.operations import database as upkeep

    upkeep.restore(file, replace=replace)
    typer.echo(f"The database is as it was when {file} was written.")
