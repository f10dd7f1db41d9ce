"""PostgreSQL's programs pg_dump, pg_restore and psql, of the server's version."""

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from psycopg.conninfo import make_conninfo

from wellhead.database.server.pgserver import programs
from wellhead.errors import StorageError


class Tools:
    """The programs of the major version of a connection's server, and how they reach its database.

    They come from the PATH, from Debian's folder of the version, or from the embedded server.
    """

    def __init__(self, connection: sa.Connection) -> None:
        version = connection.dialect.server_version_info
        self._major = int(version[0]) if version else 0
        url = connection.engine.url
        named = url.translate_connect_args(username="user", database="dbname")
        parameters = {**named, **url.query}
        secret = parameters.pop("password", None)
        self._environment = {**os.environ, "PGOPTIONS": "-c client_min_messages=warning"}
        if secret is not None:
            self._environment["PGPASSWORD"] = str(secret)
        self.database = f"--dbname={make_conninfo(**parameters)}"

    def run(self, name: str, *arguments: str) -> None:
        """Run a program. Raises StorageError with its error message."""
        with tempfile.TemporaryFile() as errors:
            ended = subprocess.run(  # noqa: S603 - PostgreSQL's own program
                [self._path(name), *arguments], env=self._environment, stderr=errors, check=False
            )
            if ended.returncode:
                raise _failure(name, errors)

    def pipe(self, source: list[str], target: list[str]) -> None:
        """Run two programs; the second reads the output of the first.

        If the first fails, the second is killed before it takes the end of the output for success.
        """
        with ExitStack() as stack:
            errors = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(2)]
            pipe = subprocess.PIPE
            writer = stack.enter_context(self._start(target, errors[1], stdin=pipe))
            reader = stack.enter_context(self._start(source, errors[0], stdout=pipe))
            with suppress(BrokenPipeError):  # the second failed; its own error follows
                shutil.copyfileobj(_open(reader.stdout), _open(writer.stdin))
            _open(reader.stdout).close()
            if writer.poll() is None and reader.wait():
                writer.kill()
                raise _failure(source[0], errors[0])
            with suppress(BrokenPipeError):
                _open(writer.stdin).close()
            if writer.wait():
                raise _failure(target[0], errors[1])

    def _start(
        self, command: list[str], errors: IO[bytes], **streams: int
    ) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # noqa: S603 - as above
            [self._path(command[0]), *command[1:]],
            env=self._environment,
            stderr=errors,
            **streams,
        )

    def _path(self, name: str) -> Path:
        """The program of the server's major version. Raises StorageError if there is none."""
        others = []
        for path in _places(name, self._major):
            version = _major_of(path)
            if version == self._major:
                return path
            others.append(f"{version} at {path}")
        raise StorageError(
            f"{name} of PostgreSQL {self._major}, the server's version, is not installed (found: "
            f"{', '.join(others) or 'none'}). Install postgresql-client-{self._major} and put it "
            "on the PATH."
        )


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise TypeError("the program was started without this pipe")
    return stream


def _places(name: str, major: int) -> list[Path]:
    on_path, embedded = shutil.which(name), programs(major)
    places = [Path(on_path)] if on_path else []
    places.append(Path(f"/usr/lib/postgresql/{major}/bin", name))
    if embedded:
        places.append(embedded / name)
    return [path for path in places if path.exists()]


def _major_of(path: Path) -> int:
    """The major version that a program prints; 0 if it prints none."""
    printed = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [path, "--version"], capture_output=True, text=True, check=False
    )
    number = re.search(r"(\d+)", printed.stdout)
    return int(number[1]) if number else 0


def _failure(name: str, errors: IO[bytes]) -> StorageError:
    """The first error in one line; later errors follow from it."""
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines() or ["no reason given"]
    first = next((line for line in lines if "error:" in line.lower()), lines[0])
    reason = re.sub(r"^.*?error:\s*", "", first, flags=re.IGNORECASE)
    return StorageError(f"{name} failed: {reason.rstrip('.')}. The database was not changed.")
