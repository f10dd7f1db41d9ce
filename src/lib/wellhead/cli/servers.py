"""The commands that start servers: API, dashboards, JupyterLab."""

import os
import pkgutil
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from wellhead.errors import BusyError, SettingsError

commands = typer.Typer()

# What Ploomber installs beside JupyterLab: the classic notebook, and extensions with telemetry.
_NOT_LOADED = ("nbclassic", "ploomber", "ploomber_extension")


@commands.command()
def api(
    reload: Annotated[
        bool, typer.Option("--reload", help="Start again when the code changes, for development.")
    ] = False,
) -> None:
    """Serve prices and forecasts on WELLHEAD_API_HOST and WELLHEAD_API_PORT."""
    from wellhead.settings import get_settings

    settings = get_settings()
    _require_free_port(settings.api_host, settings.api_port, "WELLHEAD_API_PORT")
    _require_keys(settings.api_host, is_local=settings.api_is_local)
    if settings.api_workers > 1 and settings.redis_url is None:
        typer.echo(
            f"Each of the {settings.api_workers} processes counts limits and keeps responses by "
            "itself. With REDIS_URL they share them.",
            err=True,
        )
    sys.path.insert(0, str(settings.home))
    pkgutil.resolve_name("api.server:serve")(settings, reload=reload)


def _require_keys(host: str, *, is_local: bool) -> None:
    """Raise SettingsError if the API would serve other machines without keys."""
    from wellhead.workflows.access.keys import all_keys

    if all_keys():
        return
    if not is_local:
        raise SettingsError(
            f"the API would be open to everybody who reaches {host}: there is no API key. Create "
            "one with `wellhead keys create APPLICATION`, then start it again."
        )
    typer.echo(
        "No API key exists, so everybody on this machine may read. `wellhead keys create "
        "APPLICATION` makes one; from then on requests need a key.",
        err=True,
    )


@commands.command()
def dashboards() -> None:
    """Serve the Voilà dashboards on WELLHEAD_DASHBOARDS_PORT."""
    from wellhead.settings import get_settings

    settings = get_settings()
    _require_free_port("127.0.0.1", settings.dashboards_port, "WELLHEAD_DASHBOARDS_PORT")
    folder = settings.home / "apps" / "voila"
    os.chdir(folder)  # Voilà reads voila.json there, and its template from JUPYTER_PATH
    others = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = os.pathsep.join([str(folder), *([others] if others else [])])
    _become("voila", str(folder), f"--port={settings.dashboards_port}", "--no-browser")


@commands.command()
def lab() -> None:
    """Open JupyterLab on the notebooks, on WELLHEAD_LAB_PORT."""
    from wellhead.settings import get_settings

    settings = get_settings()
    _require_free_port("127.0.0.1", settings.lab_port, "WELLHEAD_LAB_PORT")
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    options = [f"--port={settings.lab_port}", "--ServerApp.port_retries=0", *as_root]
    without = f"--ServerApp.jpserver_extensions={dict.fromkeys(_NOT_LOADED, False)}"
    _become("jupyter", "lab", str(settings.home), *options, without)


def _require_free_port(host: str, port: int, setting: str) -> None:
    """Raise BusyError, with the setting that changes the port, if it cannot be used."""
    try:
        first, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, socket_type, _, _, address = first
        with socket.socket(family, socket_type) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        another = port + 1 if port < 65535 else port - 1
        raise BusyError(
            f"port {port} on {host} cannot be used: {error.strerror}. Stop the program that holds "
            f"it, or choose another port with {setting}={another}."
        ) from error


def _become(program: str, *arguments: str) -> None:
    """Replace this process by another program of the environment, which gets its signals."""
    from wellhead.settings import hand_on_folders

    hand_on_folders()
    os.environ.setdefault("PLOTLY_RENDERER", "plotly_mimetype")
    path = Path(sys.executable).with_name(program)
    os.execv(path, [str(path), *arguments])  # noqa: S606 - our own environment's program
