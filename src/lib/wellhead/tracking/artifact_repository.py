"""MLflow's access to artifacts with addresses of ours; MLflow imports it by its entry point.

It stands alone because its imports take seconds.
"""

from urllib.parse import unquote, urlsplit

from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

from wellhead.errors import ArtifactError
from wellhead.tracking.addresses import artifacts_folder


class VarArtifactRepository(LocalArtifactRepository):
    """The files of an address that begins with `addresses.LOCATION`."""

    def __init__(
        self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None
    ) -> None:
        root = artifacts_folder()
        folder = (root / unquote(urlsplit(artifact_uri).path).lstrip("/")).resolve()
        if not folder.is_relative_to(root):
            raise ArtifactError(f"the address {artifact_uri} of an artifact leads out of {root}.")
        super().__init__(folder.as_uri(), tracking_uri, registry_uri)
