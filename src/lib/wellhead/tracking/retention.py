"""What is removed from MLflow: old runs with their model versions, and large files of kept runs.

It does what `mlflow gc` does, for the runs it is given. The parts of MLflow that its documentation
does not promise are `_hard_delete_run` and `_hard_delete_logged_model`; if a server of MLflow has
neither, the runs are only marked as deleted, and the server's own `mlflow gc` frees their space.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from wellhead.tracking.client import client, mlflow

PIPELINE = "wellhead-pipeline"
"""The experiment of the runs of the pipeline; the others are of trainings and tunings."""
_PREFIX = "wellhead-"
_SLIM = "wellhead.slim"  # tag of a run without its large files
_PAGE = 1_000


@dataclass(frozen=True)
class TrackedRun:
    """A run of a training or of the pipeline, with the versions registered from it.

    `series` is what a training is of: commodity, source and model; for the pipeline its source.
    """

    run_id: str
    series: tuple[str, ...]
    started: int
    versions: tuple[tuple[str, str], ...]
    """Names of registered models, such as WTI-daily, and their version."""
    files: str
    is_slim: bool


def tracked_runs() -> list[TrackedRun]:
    """The runs of all trainings and of the pipeline, newest first; tunings are not among them."""
    versions: dict[str, list[Any]] = {}
    for version in _pages(client().search_model_versions):
        versions.setdefault(version.run_id, []).append(version)
    experiments = [
        each for each in _pages(client().search_experiments) if each.name.startswith(_PREFIX)
    ]
    names = {each.experiment_id: each.name for each in experiments}
    runs = _pages(lambda **page: client().search_runs(list(names), **page)) if names else ()
    found = [
        _tracked(run, names[run.info.experiment_id], versions.get(run.info.run_id, []))
        for run in runs
        if names[run.info.experiment_id] == PIPELINE or "data_as_of" in run.data.tags
    ]
    return sorted(found, key=lambda run: run.started, reverse=True)


def remove(run: TrackedRun) -> None:
    """Remove a run with its versions, rows and files. If it is stopped, call it again."""
    for name, version in run.versions:
        client().delete_model_version(name, version)
    store = client()._tracking_client.store
    can_remove = hasattr(store, "_hard_delete_run")
    for model in _logged_models(run.run_id):
        client().delete_logged_model(model.model_id)
        if can_remove:
            _repository(model.artifact_location).delete_artifacts()
            store._hard_delete_logged_model(model.model_id)
    client().delete_run(run.run_id)
    if can_remove:
        _repository(run.files).delete_artifacts()
        store._hard_delete_run(run.run_id)


def _logged_models(run_id: str) -> list[Any]:
    """The models that a run logged and that have not been removed."""
    outputs = client().get_run(run_id).outputs
    models = []
    for output in outputs.model_outputs if outputs else ():
        with suppress(mlflow().exceptions.MlflowException):
            models.append(client().get_logged_model(output.model_id))
    return models


def slim(run: TrackedRun) -> None:
    """Remove the backtest and the notebooks of a run; model, metrics and parameters stay."""
    present = {item.path for item in client().list_artifacts(run.run_id)}
    for folder in {"backtest", "notebooks", "figures"} & present:
        _repository(run.files).delete_artifacts(folder)
    client().set_tag(run.run_id, _SLIM, "true")


def _tracked(run: Any, experiment: str, versions: list[Any]) -> TrackedRun:
    tags = run.data.tags
    return TrackedRun(
        run_id=run.info.run_id,
        series=(experiment, tags.get("source", ""), tags.get("model", "")),
        started=run.info.start_time,
        versions=tuple((each.name, str(each.version)) for each in versions),
        files=run.info.artifact_uri,
        is_slim=_SLIM in tags,
    )


def _pages(search: Any) -> Iterator[Any]:
    """All results of a search of MLflow, page after page."""
    token = None
    while True:
        page = search(max_results=_PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _repository(uri: str) -> Any:
    mlflow()
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    return get_artifact_repository(uri)
