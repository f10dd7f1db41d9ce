"""Ports of this machine."""

import socket

from wellhead.errors import BusyError


def require_free_port(host: str, port: int, setting: str) -> None:
    """Raise BusyError, naming the setting that chooses another, when a port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BusyError(
                f"port {port} on {host} is not free: {error.strerror}. Stop the program that uses "
                f"it, or choose another port with {setting}={port + 1}."
            ) from error
