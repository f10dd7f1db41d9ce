"""Saved models: plain files in a folder, sealed by a manifest. Nothing is ever unpickled.

`manifest.json` holds the model's name, the version of the format and the SHA-256 of every other
file. A folder is written under a temporary name and then renamed, so a reader sees all of it or
nothing.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wellhead.errors import ArtifactError

FORMAT_VERSION = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Artifact:
    """A verified artifact: the model's name and its files, name to content.

    A name may be a path below the folder, with slashes, so a part can be an artifact of its own.
    """

    model: str
    files: Mapping[str, bytes]


def to_json(content: object) -> bytes:
    """JSON with full float precision; refuses NaN and infinity, which JSON does not have."""
    return json.dumps(content, allow_nan=False, indent=1, sort_keys=True).encode()


def write_artifact(folder: Path, artifact: Artifact) -> None:
    """Write `folder` whole, replacing an earlier artifact there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        fresh, replaced = Path(temporary, "fresh"), Path(temporary, "replaced")
        fresh.mkdir()
        for name, content in artifact.files.items():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            (fresh / name).write_bytes(content)
        (fresh / MANIFEST).write_bytes(to_json(_manifest(artifact)))
        if folder.exists():
            folder.rename(replaced)
        shutil.move(fresh, folder)


def read_artifact(folder: Path) -> Artifact:
    """Read and verify a folder that `write_artifact` wrote.

    Raises ArtifactError, which names the file, if one is missing, changed or not in the manifest.
    """
    model, expected = _read_manifest(folder)
    files = {name: content for name, content in files_below(folder).items() if name != MANIFEST}
    for name in sorted(expected.keys() ^ files.keys()):
        state = "missing" if name in expected else "not in its manifest"
        raise ArtifactError(f"saved model {folder}: {name} is {state}. Train the model again.")
    for name, content in files.items():
        if _digest(content) != expected[name]:
            raise ArtifactError(f"saved model {folder}: {name} was changed. Train it again.")
    return Artifact(model, files)


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file below a folder: relative path, with slashes -> content."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _manifest(artifact: Artifact) -> dict[str, object]:
    digests = {name: _digest(content) for name, content in artifact.files.items()}
    return {"format_version": FORMAT_VERSION, "model": artifact.model, "files": digests}


def _read_manifest(folder: Path) -> tuple[str, dict[str, str]]:
    """The model's name, and the digest of each file."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        version, model = manifest["format_version"], str(manifest["model"])
        digests = {str(name): str(digest) for name, digest in manifest["files"].items()}
    except OSError as error:
        raise ArtifactError(f"{folder} holds no saved model: {MANIFEST} is missing.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(f"saved model {folder}: {MANIFEST} cannot be read.") from error
    if version != FORMAT_VERSION:
        raise ArtifactError(f"saved model {folder}: format {version} is not {FORMAT_VERSION}.")
    return model, digests


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
