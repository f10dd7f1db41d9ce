"""The main job: runs the pipeline, one run at a time, and records each run."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from rich.console import Console

from wellhead.catalogue.instruments import Instrument
from wellhead.database.bars import refresh_bars
from wellhead.database.runs import end_run, one_run_at_a_time, start_run
from wellhead.database.server.replica import hand_on_primary
from wellhead.files import remove_leftovers, socket_places
from wellhead.masking import masked
from wellhead.pipeline.kernels.provisioner import forked_kernels
from wellhead.pipeline.plan import PlannedTask, plan_tasks
from wellhead.pipeline.processors import share_processors
from wellhead.pipeline.progress import Progress
from wellhead.pipeline.scope import Scope, scope_of_run
from wellhead.settings import get_settings, hand_on_folders
from wellhead.tracking.client import client
from wellhead.workflows.champions.decisions import apply_pending_decisions
from wellhead.workflows.configuration import read_configuration
from wellhead.workflows.operations.retention import Removed, apply_retention


@dataclass(frozen=True)
class RunResult:
    """How a run ended: it ran `ran` of `total` tasks."""

    scope: Scope
    ran: int
    total: int
    elapsed: str
    """Minutes and seconds, as 2:05."""
    stages: pd.DataFrame
    """One row a stage that ran: stage, tasks, seconds of work, longest task."""
    removed: Removed
    """What retention removed."""


def run_pipeline(
    console: Console,
    *,
    source: str,
    env_file: Path | None = None,
    commodities: tuple[Instrument, ...] | None = None,
    force: bool = False,
) -> RunResult:
    """Bring everything up to date; tasks that are up to date do not run.

    `source` is the key of a source (`workflows.loading.choice` chooses one).
    `force` runs every task. Raises BusyError while another run works on the same database,
    PipelineError when a task fails, and the errors of the settings, `env.yaml` and the source.
    """
    hand_on_folders()
    hand_on_primary()
    scope = scope_of_run(read_configuration(env_file), source, commodities)
    tasks = plan_tasks(get_settings().home / "pipeline.yaml", scope.named_values())
    share_processors()
    with one_run_at_a_time(), forked_kernels():  # which import the libraries meanwhile
        _remove_leftovers()
        refresh_bars()  # a killed program may have loaded prices without doing so
        client()  # creates MLflow's tables once, before several notebooks need them
        apply_pending_decisions()  # a program may have been stopped before it moved an alias
        return _run_recorded(console, tasks, scope, force)


def _remove_leftovers() -> None:
    """Remove what killed runs left: half-written products, and folders among the system's."""
    remove_leftovers(get_settings().artifacts, below=True)
    for place in {*socket_places(), Path(tempfile.gettempdir())}:
        remove_leftovers(place)


def _run_recorded(
    console: Console, tasks: list[PlannedTask], scope: Scope, force: bool
) -> RunResult:
    from wellhead.pipeline.runner import run_tasks  # Ploomber takes seconds to import

    run_id, progress = start_run(scope.source), Progress(console, tasks)
    console.print(_opening(scope, len(tasks)), highlight=False, soft_wrap=True)
    try:
        run_tasks(tasks, scope.source, progress, force=force)
    except BaseException as error:
        reason = masked(str(error)) or type(error).__name__
        end_run(run_id, "failed", progress.record(), reason)
        raise
    ran = len(progress.outcomes)
    end_run(run_id, "done" if ran else "unchanged", progress.record())
    removed = apply_retention()
    return RunResult(scope, ran, len(tasks), progress.elapsed(), progress.by_stage(), removed)


def _opening(scope: Scope, count: int) -> str:
    loads, forecasts = (
        ", ".join(instrument.key for instrument in part)
        for part in (scope.instruments, scope.commodities)
    )
    return f"Source {scope.source}; loads {loads}; forecasts {forecasts}. {count} tasks."
