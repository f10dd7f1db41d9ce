"""Verb: the main job. Runs the pipeline, one run at a time, and keeps a record of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from wellhead.database.bars import refresh_bars
from wellhead.database.runs import end_run, one_run_at_a_time, start_run
from wellhead.database.server.replica import hand_on_primary
from wellhead.pipeline.plan import PlannedTask, plan_tasks
from wellhead.pipeline.progress import Progress
from wellhead.settings import get_settings, hand_on_folders
from wellhead.tracking.client import client
from wellhead.workflows.champions.decisions import apply_pending_decisions
from wellhead.workflows.configuration import read_environment


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `ran` tasks of `total`; the environment it ran with."""

    ran: int
    total: int
    environment: dict[str, Any]


def run_pipeline(
    console: Console,
    *,
    env_file: Path | None = None,
    source: str | None = None,
    commodities: list[str] | None = None,
    force: bool = False,
) -> Outcome:
    """Bring everything up to date: what is up to date already is left alone.

    `force` runs every task. Raises BusyError while another run works on the same database,
    PipelineError when a task fails, and what the settings and the source raise.
    """
    settings = get_settings()
    hand_on_folders()
    hand_on_primary()
    environment = read_environment(
        env_file or settings.home / "env.yaml", source=source, commodities=commodities
    )
    environment["artifacts"] = str(settings.artifacts)
    tasks = plan_tasks(settings.home / "pipeline.yaml", environment)
    with one_run_at_a_time():
        refresh_bars()  # of loads by a program that was killed before it could
        client()  # makes MLflow's tables before notebooks ask for them side by side
        apply_pending_decisions()  # of a program that stopped before it moved the alias
        return _recorded(console, tasks, environment, force)


def _recorded(
    console: Console, tasks: list[PlannedTask], environment: dict[str, Any], force: bool
) -> Outcome:
    from wellhead.pipeline.runner import run_tasks  # Ploomber takes seconds to import

    source = environment["source"]
    run_id, progress = start_run(source), Progress(console, tasks)
    console.print(
        f"Source {source}; to be loaded: {', '.join(environment['instruments'])}; to be forecast: "
        f"{', '.join(environment['commodities'])}. {len(tasks)} tasks.",
        highlight=False,
        soft_wrap=True,
    )
    try:
        run_tasks(tasks, source, progress, force=force)
    except BaseException as error:
        end_run(run_id, "failed", progress.record(), str(error) or type(error).__name__)
        raise
    end_run(run_id, "done" if progress.outcomes else "unchanged", progress.record())
    if progress.outcomes:
        console.print(progress.summary())
    return Outcome(len(progress.outcomes), len(tasks), environment)
