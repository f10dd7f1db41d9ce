"""The model registry: versions, and the alias `champion`.

One registered model a (commodity, target kind), as `WTI-daily`; its versions are of all kinds of
model, so that the champion is one alias whichever kind it is.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.catalogue.targets import Target
from wellhead.errors import ArtifactError, ModelError, NoChampionError, StorageError
from wellhead.tracking.client import client, mlflow

_CHAMPION = "champion"
_NOT_THERE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")  # no such model, no alias
_ASKED = {"horizon": 30, "target_kind": Target.DAILY.value}  # the parameters of `predict`
_FOLDER = "wellhead"  # the artifact inside an MLflow model that holds our own files


@dataclass(frozen=True)
class Registered:
    """A registered model version and where it came from."""

    commodity: str
    target: Target
    model: str
    version: str
    run_id: str
    code_version: str
    source: str
    reason: str
    """Why it is champion, if it is; else empty."""


def registered_name(commodity: str, target: Target) -> str:
    return f"{commodity}-{target}"


def register(
    folder: Path,
    wrapper: Path,
    inputs: pd.DataFrame,
    outputs: pd.DataFrame,
    *,
    run_id: str,
    commodity: str,
    targets: Sequence[Target],
    tags: dict[str, str],
) -> dict[str, str]:
    """Log a saved model under a run and register it for every target; target kind -> version.

    `wrapper` is a script that defines how MLflow loads it ("models from code": nothing is
    pickled). `inputs` and `outputs` are examples that give the signature, with the parameters
    `horizon` and `target_kind`. `tags` must hold model, code_version and source.
    """
    library = mlflow()
    with library.start_run(run_id=run_id), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hints on examples and integers, of no use to a reader
        signature = library.models.infer_signature(inputs, outputs, params=_ASKED)
        logged = library.pyfunc.log_model(
            name="model",
            python_model=str(wrapper),
            artifacts={_FOLDER: str(folder)},
            signature=signature,
            pip_requirements=["wellhead"],
        )
    return {
        target.value: _new_version(logged, run_id, commodity, target, tags) for target in targets
    }


def _new_version(
    logged: Any, run_id: str, commodity: str, target: Target, tags: dict[str, str]
) -> str:
    name = registered_name(commodity, target)
    _make_registered_model(name)
    tagged = {**tags, "target_kind": target.value, "commodity": commodity}
    version = client().create_model_version(
        name, logged.model_uri, run_id, tags=tagged, model_id=logged.model_id
    )
    return str(version.version)


def _make_registered_model(name: str) -> None:
    exceptions = mlflow().exceptions
    try:
        client().create_registered_model(name)
    except exceptions.MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def set_champion(
    commodity: str, target: Target, version: str, reason: str, *, alarm: bool = False
) -> None:
    """Point the alias `champion` to a version; its tags `reason` and `alarm` say why.

    `alarm`: whether a decayed champion was demoted.
    """
    name = registered_name(commodity, target)
    client().set_model_version_tag(name, version, "reason", reason)
    client().set_model_version_tag(name, version, "alarm", str(alarm).lower())
    client().set_registered_model_alias(name, _CHAMPION, version)


def champion(commodity: str, target: Target = Target.DAILY) -> Registered:
    """The champion. Raises NoChampionError before the first pipeline run."""
    none = NoChampionError(
        f"no champion is registered for {commodity} ({target}). Run the pipeline first: "
        f"`make run COMMODITIES={commodity}`."
    )
    with _unless_there(none):
        name = registered_name(commodity, target)
        return _registered(client().get_model_version_by_alias(name, _CHAMPION))


def find_version(commodity: str, target: Target, version: str) -> Registered:
    """A version by its number. Raises ArtifactError if the registry does not have it."""
    name = registered_name(commodity, target)
    with _unless_there(_gone(name, version)):
        return _registered(client().get_model_version(name, version))


def artifact_folder(registered: Registered) -> Path:
    """A local folder with the version's own files, downloaded if they lie elsewhere.

    Raises ArtifactError if they are gone.
    """
    name = registered_name(registered.commodity, registered.target)
    with _unless_there(_gone(name, registered.version)):
        path = mlflow().artifacts.download_artifacts(f"models:/{name}/{registered.version}")
        return Path(path, "artifacts", _saved_folder(Path(path)))


def _gone(name: str, version: str) -> ArtifactError:
    return ArtifactError(
        f"version {version} of {name}, or its files, are not in the model registry any more. "
        "Restore var/mlflow, or train again: `wellhead run --force`."
    )


@contextmanager
def _unless_there(error: ModelError) -> Iterator[None]:
    """Raise `error` where the registry does not have what is asked of it."""
    try:
        yield
    except mlflow().exceptions.MlflowException as failed:
        if failed.error_code not in _NOT_THERE:
            reason = " ".join(str(failed.message).split())
            raise StorageError(f"the model registry failed: {reason}.") from failed
        raise error from failed


def _saved_folder(downloaded: Path) -> str:
    """MLflow keeps an artifact folder under its own name: it is the only one there."""
    return next(entry.name for entry in (downloaded / "artifacts").iterdir() if entry.is_dir())


def _registered(found: Any) -> Registered:
    tags = found.tags
    return Registered(
        commodity=tags["commodity"],
        target=Target(tags["target_kind"]),
        model=tags["model"],
        version=str(found.version),
        run_id=found.run_id,
        code_version=tags["code_version"],
        source=tags["source"],
        reason=tags.get("reason", ""),
    )
