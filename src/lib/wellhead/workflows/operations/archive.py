"""An archive: a tar file of files, with a manifest of their SHA-256 digests at its end.

The members are not compressed, because dumps and models are. A file may grow while it is copied:
the archive has the bytes that its digest is of.
"""

import hashlib
import json
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from wellhead.errors import InputError
from wellhead.files import replacing

MANIFEST = "manifest.json"
_PART = 1 << 20  # bytes read at a time


def write_archive(
    file: Path, members: Iterable[tuple[str, Path]], about: dict[str, Any]
) -> dict[str, Any]:
    """Write an archive that only its owner can read, whole or not at all; returns its manifest.

    `members` are names and files; a file that has gone is left out. `about` enters the manifest.
    """
    with (
        replacing(file, 0o600) as path,
        tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar,
        tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".json") as text,
    ):
        files = {name: entry for name, source in members if (entry := _add(tar, name, source))}
        manifest = {**about, "files": files}
        json.dump(manifest, text, indent=1)
        text.flush()
        _add(tar, MANIFEST, Path(text.name))
    return manifest


def unpack(file: Path, folder: Path, kept: Iterable[str]) -> dict[str, Any]:
    """Unpack an archive into an empty folder and check every digest; returns its manifest.

    `kept` are the names that may be at the top. Raises InputError if the file is not such an
    archive, is damaged, or names a file that it may not.
    """
    allowed = {*kept, MANIFEST}
    found: dict[str, str] = {}
    try:
        with tarfile.open(file, "r:") as tar:
            for member in tar:
                _require_allowed(file, member, allowed - found.keys())
                found[member.name] = _extract(tar, member, folder)
    except (tarfile.TarError, EOFError) as error:
        raise InputError(f"{file} is damaged or not a backup: {error}.") from error
    except OSError as error:
        raise InputError(f"{file} cannot be unpacked: {error.strerror or error}.") from error
    if found.pop(MANIFEST, None) is None:
        raise InputError(f"{file} is not whole: it has no {MANIFEST}. Take another backup.")
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        expected = {name: entry["sha256"] for name, entry in manifest["files"].items()}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise InputError(f"{file} is damaged: its {MANIFEST} cannot be read.") from error
    different = sorted(name for name, _ in found.items() ^ expected.items())
    if different:
        raise InputError(
            f"{file} is damaged: {different[0]} is not as its manifest says. Take another backup."
        )
    return manifest


def _add(tar: tarfile.TarFile, name: str, source: Path) -> dict[str, Any] | None:
    """Add a file; returns its digest and size, or None if it has gone."""
    try:
        opened = source.open("rb")
    except FileNotFoundError:
        return None
    with opened:
        info = tar.gettarinfo(arcname=name, fileobj=opened)
        info.mode, info.uid, info.gid, info.uname, info.gname = 0o600, 0, 0, "", ""
        hashing = _Hashing(opened)
        tar.addfile(info, hashing)
    return {"sha256": hashing.digest.hexdigest(), "bytes": info.size}


class _Hashing:
    """A file that is read, with the digest of what has been read."""

    def __init__(self, opened: IO[bytes]) -> None:
        self.opened, self.digest = opened, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self.opened.read(size)
        self.digest.update(part)
        return part


def _require_allowed(file: Path, member: tarfile.TarInfo, allowed: set[str]) -> None:
    """Raise InputError unless a member is a plain file under one of the allowed names."""
    path = PurePosixPath(member.name)
    inside = not path.is_absolute() and ".." not in path.parts
    if not (member.isreg() and inside and path.parts and path.parts[0] in allowed):
        raise InputError(f"{file} is not a backup of Wellhead: it may not hold {member.name!r}.")


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> str:
    """Write a member under a folder; returns its digest."""
    target, digest = folder / member.name, hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    with _content(tar, member) as content, target.open("xb") as written:
        while part := content.read(_PART):
            digest.update(part)
            written.write(part)
    return digest.hexdigest()


@contextmanager
def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[IO[bytes]]:
    content = tar.extractfile(member)
    if content is None:
        raise tarfile.ReadError(f"{member.name} is no file")
    with content:
        yield content
