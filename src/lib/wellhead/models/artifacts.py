"""Saved models: plain files in a folder, sealed by a manifest. Nothing is ever unpickled.

`manifest.json` holds the model's name, the version of the format and the SHA-256 of every other
file. A folder is written under a temporary name and then renamed, so a reader sees all of it or
nothing.

Whoever can write the folder can replace files and manifest together. So a registration stores the
manifest's own digest in the database (`manifest_digest`), and reading compares it.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wellhead.errors import ArtifactError
from wellhead.files import temporary_folder

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 1_000_000  # bytes: some thousand files
_LARGEST_MODEL = 1_000_000_000  # bytes: all files of an artifact, far above what is trained here
UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, RecursionError)
"""What reading JSON of unknown content can raise; nesting without end is a RecursionError."""


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
    with temporary_folder(folder.parent) as temporary:
        fresh, replaced = Path(temporary, "fresh"), Path(temporary, "replaced")
        fresh.mkdir()
        for name, content in artifact.files.items():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            (fresh / name).write_bytes(content)
        (fresh / MANIFEST).write_bytes(to_json(_manifest(artifact)))
        if folder.exists():
            folder.rename(replaced)
        shutil.move(fresh, folder)


def manifest_digest(folder: Path) -> str:
    """The SHA-256 of an artifact's manifest, which fixes every file."""
    return _digest((folder / MANIFEST).read_bytes())


def read_artifact(folder: Path, manifest_sha256: str | None = None) -> Artifact:
    """Read and verify a folder that `write_artifact` wrote, against a manifest's digest if given.

    Raises ArtifactError, which names the file, if one is missing, changed or not in the manifest.
    """
    model, expected = _read_manifest(folder, manifest_sha256)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if size > _LARGEST_MODEL:
        raise ArtifactError(f"saved model {folder}: {size:,} bytes are too many. Train it again.")
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


def _read_manifest(folder: Path, sha256: str | None) -> tuple[str, dict[str, str]]:
    """The model's name, and the digest of each file."""
    try:
        with (folder / MANIFEST).open("rb") as opened:
            written = opened.read(_LARGEST_MANIFEST)
    except OSError as error:
        raise ArtifactError(f"{folder} holds no saved model: {MANIFEST} is missing.") from error
    if sha256 and _digest(written) != sha256:
        raise ArtifactError(
            f"saved model {folder} is not the one that was registered. Restore var/mlflow, or "
            "train it again."
        )
    return _parsed_manifest(folder, written)


def _parsed_manifest(folder: Path, written: bytes) -> tuple[str, dict[str, str]]:
    try:
        manifest = json.loads(written)
        version, model = manifest["format_version"], str(manifest["model"])
        digests = {str(name): str(digest) for name, digest in manifest["files"].items()}
    except UNREADABLE as error:
        raise ArtifactError(f"saved model {folder}: {MANIFEST} cannot be read.") from error
    if version != FORMAT_VERSION:
        raise ArtifactError(f"saved model {folder}: format {version} is not {FORMAT_VERSION}.")
    return model, digests


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
