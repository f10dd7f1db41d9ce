"""The verbs of who keeps the database: `wellhead database ...`."""

from pathlib import Path
from typing import Annotated

import typer

verbs = typer.Typer()
group = typer.Typer(help="Keep the database: state, schema, roles, backup.", no_args_is_help=True)
verbs.add_typer(group, name="database")


@group.command()
def status() -> None:
    """Show server, connection, user, schema, TimescaleDB, sizes and replica."""
    from wellhead.workflows.operations.database import database_status

    lines = database_status()
    width = max(len(word) for word, _ in lines)
    for word, said in lines:
        typer.echo(f"{word:<{width}}  {said}")


@group.command()
def upgrade() -> None:
    """Bring the schema up to date, and use TimescaleDB where the server has it since."""
    from wellhead.workflows.operations import database as upkeep

    upkeep.upgrade()
    typer.echo("The schema is up to date.")


@group.command()
def roles() -> None:
    """Set up wellhead_owner, wellhead_writer and wellhead_reader, and their grants."""
    from wellhead.workflows.operations.database import set_up_roles

    set_up_roles()
    typer.echo(
        "wellhead_owner, wellhead_writer and wellhead_reader are set up in this database. "
        "Make a user a member of one: GRANT wellhead_reader TO name."
    )


@group.command()
def backup(file: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Write the whole database to a file."""
    from wellhead.settings import get_settings
    from wellhead.workflows.operations.database import back_up

    back_up(file)
    typer.echo(
        f"{file}: {file.stat().st_size:,} bytes. Beside the database lie the files of the models "
        f"and the descriptions of instruments of your own: copy {get_settings().var}/mlflow and "
        f"{get_settings().var}/instruments.yml as well, where they are there."
    )


@group.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what the database holds.")
    ] = False,
) -> None:
    """Fill the database from a backup: an empty one, or with --replace any."""
    from wellhead.workflows.operations.database import bring_back

    bring_back(file, replace=replace)
    typer.echo(f"The database is as it was when {file} was written.")
