"""Loads registered versions, and only the files that were registered."""

from wellhead.errors import ArtifactError
from wellhead.evaluation.calibration.deployed import DeployedForecaster, load_deployed
from wellhead.tracking.registry import Registered, artifact_folder


def load_version(registered: Registered) -> DeployedForecaster:
    """The forecaster of a registered version.

    Raises ArtifactError if its files are not those that were registered.
    """
    folder = artifact_folder(registered)
    deployed = load_deployed(folder, registered.manifest_sha256)
    if (model := deployed.card()["model"]) != registered.model:
        raise ArtifactError(
            f"saved model {folder} is a {model}, not a {registered.model}. Restore var/mlflow, or "
            "train it again."
        )
    return deployed
