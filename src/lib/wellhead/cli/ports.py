"""Check of network ports."""

import socket

from wellhead.errors import BusyError


def require_free_port(host: str, port: int, setting: str) -> None:
    """Raise BusyError, with the setting that changes the port, if it cannot be used."""
    try:
        first, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, socket_type, _, _, address = first
        with socket.socket(family, socket_type) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        another = port + 1 if port < 65535 else port - 1
        raise BusyError(
            f"port {port} on {host} cannot be used: {error.strerror}. Stop the program that holds "
            f"it, or choose another port with {setting}={another}."
        ) from error
