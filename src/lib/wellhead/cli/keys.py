"""The commands of API keys."""

from typing import Annotated

import typer

from wellhead.cli.terminal.output import console, table

commands = typer.Typer()
group = typer.Typer(help="Keys of the API: create, list, rotate, revoke.", no_args_is_help=True)
commands.add_typer(group, name="keys")

KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="Name of the key, as in `list`.")]


@group.command()
def create(
    application: Annotated[str, typer.Argument(help="The program that will use the key.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it allows: read, infer, admin. Repeatable. Default: read."),
    ] = None,
    days: Annotated[int | None, typer.Option(help="Days until it expires. Default: never.")] = None,
) -> None:
    """Create a key and print it, this once."""
    from wellhead.workflows.access.keys import create_key, find_scopes

    issued = create_key(application, find_scopes(scope or ["read"]), days=days)
    _print_issued(issued.text)


@group.command("list")
def list_keys() -> None:
    """Show all keys: application, scopes, state, last use."""
    from wellhead.calendars import now
    from wellhead.workflows.access.keys import all_keys

    columns = ("key", "application", "scopes", "state", "created", "expires", "last used")
    rows = [
        (
            key.key_id,
            key.application,
            ", ".join(sorted(key.scopes)),
            key.state(now()),
            *(f"{day:%Y-%m-%d %H:%M}" if day else "–" for day in
              (key.created_at, key.expires_at, key.last_used_at)),
        )
        for key in all_keys()
    ]  # fmt: skip
    console().print(table("API keys (times are UTC)", columns, rows))


@group.command()
def rotate(
    key: KeyArgument,
    overlap_days: Annotated[
        float, typer.Option(help="Days for which the old key stays valid: 0 to 7.")
    ] = 1,
) -> None:
    """Create a key in place of another, which stays valid for an overlap."""
    from wellhead.workflows.access.keys import rotate_key

    _print_issued(rotate_key(key, overlap_days=overlap_days).text)


@group.command()
def revoke(key: KeyArgument) -> None:
    """Refuse a key from now on."""
    from wellhead.workflows.access.keys import revoke_key

    revoked = revoke_key(key)
    typer.echo(f"Key {revoked.key_id} of {revoked.application} is revoked.")


def _print_issued(text: str) -> None:
    """The key alone on the output, so that a script can take it; the advice beside it."""
    typer.echo("Keep it now: it is not stored and cannot be shown again.", err=True)
    typer.echo(text)
