"""The command line: `wellhead VERB`. Every verb of the Makefile is here."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from wellhead.errors import WellheadError

app = typer.Typer(
    help="Energy-commodity prices: ingest, validate, model, forecast, publish.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Commodities = Annotated[str | None, typer.Option(help="What to forecast, separated by commas.")]
SourceName = Annotated[
    str | None, typer.Option(help="Where prices come from. Default: the setting.")
]


@app.command()
def run(
    source: SourceName = None,
    commodities: Commodities = None,
    env: Annotated[Path | None, typer.Option(help="Another env.yaml.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Run every task.")] = False,
) -> None:
    """Run the pipeline: ingest, features, models, champion, forecasts, site."""
    from rich.console import Console

    from wellhead.pipeline.run import run_pipeline

    console = Console()
    try:
        outcome = run_pipeline(
            console,
            env_file=env,
            source=source or None,
            commodities=_listed(commodities),
            force=force,
        )
    except KeyboardInterrupt as stop:
        typer.secho("stopped. What is done is kept; run again to go on.", err=True)
        raise typer.Exit(130) from stop
    if not outcome.ran:
        console.print(f"Nothing has changed: all {outcome.total} tasks are up to date.")
    _say_what_next(outcome.environment["source"], outcome.environment["commodities"])


@app.command()
def ingest(
    commodity: Annotated[list[str], typer.Argument(help="Instruments to load.")],
    source: SourceName = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Fetch and check, and store nothing.")
    ] = False,
) -> None:
    """Load instruments from one source through the validation gate."""
    from wellhead.pipeline.ingest import ingest as load
    from wellhead.settings import get_settings

    for key in commodity:
        for loaded in load(key, source or get_settings().source, write=not dry_run):
            batch = loaded.batch
            typer.echo(
                f"{batch['commodity']} ({batch['frequency']}) from {batch['source']}: "
                f"{batch['rows_received']} rows, {batch['rows_missing']} without a value, "
                f"{batch['rows_quarantined']} quarantined, quality {batch['quality_score']:.2%}; "
                f"{batch['rows_added']} new, {batch['rows_revised']} revised."
            )


@app.command()
def quality(source: SourceName = None) -> None:
    """Show the newest loads of each series and the rows in quarantine."""
    from rich.console import Console

    from wellhead.pipeline.quality import quality_tables

    console = Console()
    for table in quality_tables(source):
        console.print(table)


@app.command()
def forecast(commodity: str, days: Annotated[int, typer.Option(min=1, max=63)] = 30) -> None:
    """Print the newest forecast of the champion."""
    from wellhead.pipeline.serving import champion_forecast

    answer = champion_forecast(commodity)
    typer.echo(
        f"{answer.commodity}: champion {answer.model}, version {answer.version}; prices as of "
        f"{answer.last_observed_at:%Y-%m-%d}; {answer.unit}"
    )
    typer.echo(answer.forecast.head(days).round(2).to_string(index=False))


@app.command()
def api() -> None:
    """Serve the registered models on WELLHEAD_API_HOST and WELLHEAD_API_PORT."""
    import uvicorn

    from wellhead.network import require_free_port
    from wellhead.settings import get_settings

    settings = get_settings()
    require_free_port(settings.api_host, settings.api_port, "WELLHEAD_API_PORT")
    uvicorn.run(
        "api.main:create_app",
        factory=True,
        app_dir=str(settings.home),
        host=settings.api_host,
        port=settings.api_port,
    )


@app.command()
def dashboards() -> None:
    """Serve the Voilà dashboards on WELLHEAD_DASHBOARDS_PORT."""
    from wellhead.network import require_free_port
    from wellhead.settings import get_settings

    settings = get_settings()
    require_free_port("127.0.0.1", settings.dashboards_port, "WELLHEAD_DASHBOARDS_PORT")
    folder = settings.home / "apps" / "voila"
    os.chdir(folder)  # where voila.json is looked for, and on JUPYTER_PATH its template
    others = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = os.pathsep.join([str(folder), *([others] if others else [])])
    _become("voila", str(folder), f"--port={settings.dashboards_port}", "--no-browser")


@app.command()
def lab() -> None:
    """Open JupyterLab on the notebooks, on WELLHEAD_LAB_PORT."""
    from wellhead.network import require_free_port
    from wellhead.settings import get_settings

    settings = get_settings()
    require_free_port("127.0.0.1", settings.lab_port, "WELLHEAD_LAB_PORT")
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    _become(
        "jupyter", "lab", str(settings.home), f"--port={settings.lab_port}",
        "--ServerApp.port_retries=0", *as_root,
    )  # fmt: skip


@app.command()
def docs() -> None:
    """Write the documents that are made from the code: data dictionary and settings."""
    from wellhead.documents import DOCUMENTS
    from wellhead.settings import get_settings

    for name, write in DOCUMENTS.items():
        path = get_settings().home / "docs" / name
        path.write_text(write(), encoding="utf-8")
        typer.echo(f"written: {path}")


@app.command()
def test() -> None:
    """Run the tests, with lint and types, as `make test` does."""
    import subprocess

    from wellhead.settings import get_settings

    binaries, home = Path(sys.executable).parent, get_settings().home
    for command in (
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["pytest"],
    ):
        ended = subprocess.run([binaries / command[0], *command[1:]], cwd=home, check=False)  # noqa: S603 - our own tools
        if ended.returncode:
            raise typer.Exit(ended.returncode)


def _listed(text: str | None) -> list[str] | None:
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    return names or None


def _become(program: str, *arguments: str) -> None:
    """Go on as another program of this environment: its signals and exit code are ours."""
    from wellhead.settings import hand_on_folders

    hand_on_folders()
    os.environ.setdefault("PLOTLY_RENDERER", "plotly_mimetype")
    path = Path(sys.executable).with_name(program)
    os.execv(path, [str(path), *arguments])  # noqa: S606 - our own environment's program


def _say_what_next(source: str, commodities: list[str]) -> None:
    from wellhead.pipeline.closing import closing_words

    typer.echo(closing_words(source, commodities))


def main() -> None:
    """Entry point: errors we raise on purpose are one line and an exit code, never a traceback."""
    try:
        app(standalone_mode=True)
    except WellheadError as error:
        typer.secho(f"error: {error}", err=True, fg="red")
        sys.exit(error.exit_code)
