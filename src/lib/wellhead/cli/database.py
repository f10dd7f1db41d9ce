"""`wellhead database ...`: commands that operate the database."""

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()
group = typer.Typer(help="Operate the database: status, roles, backup.", no_args_is_help=True)
commands.add_typer(group, name="database")


@group.command()
def status() -> None:
    """Show server, connection, user, schema, TimescaleDB, sizes, replica, retention, backup."""
    from wellhead.workflows.operations.database import database_status
    from wellhead.workflows.operations.growth import growth_lines

    lines = [*database_status(), *growth_lines()]
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
    """Write the database, the models and your own instruments to one file."""
    from wellhead.workflows.operations.backup import back_up

    made = back_up(file)
    typer.echo(
        f"{file}: {made.bytes:,} bytes: the database, {made.models:,} files of models and runs, "
        "and your own instruments. It holds no keys and passwords: keep those apart."
    )


@group.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace everything: database, models, instruments.")
    ] = False,
) -> None:
    """Restore a backup. Database and var/ must be empty unless you give --replace."""
    from wellhead.workflows.operations.backup import restore as restore_backup

    whole = restore_backup(file, replace=replace)
    typer.echo(f"The {'workbench' if whole else 'database'} is as it was when {file} was written.")
    if not whole:
        typer.echo("This is a dump of the database alone: copy the files of var/mlflow yourself.")
