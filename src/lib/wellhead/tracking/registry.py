"""The model registry: model versions and the alias `champion`.

There is one registered model a (commodity, target), such as `WTI-daily`. Its versions are of every
model, so one alias names the champion.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from yaml import YAMLError

from wellhead.catalogue.targets import Target
from wellhead.errors import ArtifactError, ModelError, NoChampionError
from wellhead.tracking.client import client, failed, mlflow, tracking_errors

_CHAMPION = "champion"
# The documented names of `MlflowException.error_code`, from `mlflow.protos.databricks_pb2`.
_EXISTS = "RESOURCE_ALREADY_EXISTS"
_MISSING = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")  # no such model; no such alias
_PREDICT_PARAMETERS = {"horizon": 30, "target_kind": Target.DAILY.value}
_MOST_VERSIONS = 10_000  # of one search; retention keeps far fewer
_FOLDER = "wellhead"  # the artifact of an MLflow model that holds our own files


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
    """Why it is or was champion; else empty."""
    manifest_sha256: str = ""
    """Which files were registered; empty for a version of before these digests were kept."""


@dataclass(frozen=True)
class RegisteredVersion:
    """A version as the registry lists it."""

    model: str
    version: str
    aliases: list[str]
    run_id: str
    created_at: datetime
    source: str
    code_version: str


def registered_name(commodity: str, target: Target) -> str:
    return f"{commodity}-{target}"


@tracking_errors()
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
    """Log a saved model under a run and register it for each target; target kind -> version.

    `wrapper` is a script that MLflow runs to load the model ("models from code", no pickle).
    `inputs` and `outputs` are examples from which MLflow infers the signature; its parameters are
    `horizon` and `target_kind`. `tags` must hold model, code_version, source and manifest_sha256.
    """
    library = mlflow()
    with library.start_run(run_id=run_id), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hints on examples and integer columns
        signature = library.models.infer_signature(inputs, outputs, params=_PREDICT_PARAMETERS)
        logged = library.pyfunc.log_model(
            name="model",
            python_model=str(wrapper),
            artifacts={_FOLDER: str(folder)},
            signature=signature,
            pip_requirements=["wellhead"],
        )
    return {each.value: _new_version(logged, run_id, commodity, each, tags) for each in targets}


def _new_version(
    logged: Any, run_id: str, commodity: str, target: Target, tags: dict[str, str]
) -> str:
    name = registered_name(commodity, target)
    _create_registered_model(name)
    tagged = {**tags, "target_kind": target.value, "commodity": commodity}
    version = client().create_model_version(
        name, logged.model_uri, run_id, tags=tagged, model_id=logged.model_id
    )
    return str(version.version)


def _create_registered_model(name: str) -> None:
    exceptions = mlflow().exceptions
    try:
        client().create_registered_model(name)
    except exceptions.MlflowException as error:
        if error.error_code != _EXISTS:
            raise


@tracking_errors()
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
    with _if_missing(none):
        name = registered_name(commodity, target)
        return _registered(client().get_model_version_by_alias(name, _CHAMPION))


def find_version(commodity: str, target: Target, version: str) -> Registered:
    """A version by its number. Raises ArtifactError if it does not exist."""
    name = registered_name(commodity, target)
    with _if_missing(_gone(name, version)):
        return _registered(client().get_model_version(name, version))


@tracking_errors()
def all_versions(commodity: str, target: Target) -> list[RegisteredVersion]:
    """Every version of a (commodity, target), newest first; empty before the first training."""
    name = registered_name(commodity, target)
    found = client().search_model_versions(f"name='{name}'", max_results=_MOST_VERSIONS)
    aliases: dict[str, list[str]] = {}
    for alias, version in (client().get_registered_model(name).aliases if found else {}).items():
        aliases.setdefault(str(version), []).append(alias)
    versions = [_listed(each, aliases.get(str(each.version), [])) for each in found]
    return sorted(versions, key=lambda each: int(each.version), reverse=True)


def artifact_folder(registered: Registered) -> Path:
    """A local folder with the version's own files, downloaded if they are stored elsewhere.

    Raises ArtifactError if they do not exist.
    """
    name = registered_name(registered.commodity, registered.target)
    with _if_missing(_gone(name, registered.version)):
        path = mlflow().artifacts.download_artifacts(f"models:/{name}/{registered.version}")
        return Path(path, _artifact_path(path))


def _gone(name: str, version: str) -> ArtifactError:
    return ArtifactError(
        f"version {version} of {name}, or its files, are not in the model registry. Restore "
        "var/mlflow, or train again: `wellhead run --force`."
    )


@contextmanager
def _if_missing(error: ModelError) -> Iterator[None]:
    """Raise `error` if MLflow reports that a model, version, alias or file does not exist."""
    try:
        yield
    except mlflow().exceptions.MlflowException as raised:
        if raised.error_code not in _MISSING:
            raise failed(raised) from None
        raise error from None


def _artifact_path(model: str) -> str:
    """Where a downloaded model holds our files; its file `MLmodel` says it."""
    try:
        flavor = mlflow().models.Model.load(model).flavors["python_function"]
        return str(flavor["artifacts"][_FOLDER]["path"])
    except (YAMLError, LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ArtifactError(
            f"saved model {model}: its file MLmodel cannot be read. Restore var/mlflow, or train "
            "it again."
        ) from error


def _listed(version: Any, aliases: list[str]) -> RegisteredVersion:
    return RegisteredVersion(
        model=version.tags["model"],
        version=str(version.version),
        aliases=aliases,
        run_id=version.run_id,
        created_at=datetime.fromtimestamp(version.creation_timestamp / 1000, tz=UTC),
        source=version.tags["source"],
        code_version=version.tags["code_version"],
    )


def _registered(version: Any) -> Registered:
    tags = version.tags
    return Registered(
        commodity=tags["commodity"],
        target=Target(tags["target_kind"]),
        model=tags["model"],
        version=str(version.version),
        run_id=version.run_id,
        code_version=tags["code_version"],
        source=tags["source"],
        reason=tags.get("reason", ""),
        manifest_sha256=tags.get("manifest_sha256", ""),
    )
