"""Loaded by every Python process a test starts: refuses connections beyond this machine.

The file that WELLHEAD_TEST_CONNECTIONS names gets a line for each process (`guarded`), each fork of
one (`fork of`, and it is guarded too) and each refused attempt (`refused`); a test reads it.
"""

import os
import sys
from pathlib import Path

_NOTES = os.environ.get("WELLHEAD_TEST_CONNECTIONS", "")
_HERE = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104 - a name to compare with


def _note(line: str) -> None:
    with Path(_NOTES).open("a") as notes:
        notes.write(f"{line}\n")


def _watch(event: str, arguments: tuple) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""  # a Unix socket has a path
    elif event == "socket.getaddrinfo":
        host = arguments[0] or ""
    else:
        return
    host = host.decode() if isinstance(host, bytes) else str(host)
    if host == "" or host.startswith(_HERE) or host == os.uname().nodename:
        return
    _note(f"refused {event} {host} by {sys.argv[:3]}")
    raise OSError(f"tests may not leave this machine: {event} {host}")


if _NOTES:
    _note(f"guarded {sys.orig_argv[:3]} OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS')}")
    os.register_at_fork(after_in_child=lambda: _note(f"fork of {sys.orig_argv[:3]}"))
    sys.addaudithook(_watch)
