"""Starts kernels as forks: a provisioner of jupyter_client, in use inside `forked_kernels()`."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

_NAME = "wellhead-fork"  # of the entry point in pyproject.toml
_LAUNCHER = ["-m", "ipykernel_launcher"]


class ForkServer:
    """The process that forks kernels. Threads may share it."""

    def __init__(self) -> None:
        ours, its = socket.socketpair()
        with its:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "wellhead.pipeline.kernels.server", str(its.fileno())],
                pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self.process_number = self._process.pid
        self._connection = Connection(ours.detach())
        self._lock = threading.Lock()

    def start_kernel(self, arguments: list[str], environment: dict[str, str], folder: str) -> int:
        """Start a kernel and return its process number. Raises OSError if the server has died."""
        request = {"arguments": arguments, "environment": environment, "folder": folder}
        with self._lock:
            try:
                self._connection.send_bytes(json.dumps(request).encode())
                return int(self._connection.recv_bytes())
            except (EOFError, ConnectionError):
                raise OSError("the process that starts kernels was killed") from None

    def close(self) -> None:
        """End the process. Kernels that still run end with it."""
        self._connection.close()
        self._process.kill()
        self._process.wait()


class ForkedKernel:
    """The process of a kernel, with the methods of `subprocess.Popen` that jupyter_client calls."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._file: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._file = None

    def poll(self) -> int | None:
        """None while it runs. Its exit code is not known here; 0 stands for any."""
        return 0 if self._file is None or self._ended(0) else None

    def wait(self) -> int:
        """Wait for its end."""
        if self._file is not None:
            self._ended(None)
            os.close(self._file)
            self._file = None
        return 0

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self._file is not None:
            signal.pidfd_send_signal(self._file, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: int | None) -> bool:
        events = select.poll()
        events.register(self._file or -1, select.POLLIN)
        return bool(events.poll(timeout))


class ForkProvisioner(LocalProvisioner):
    """Starts a kernel of this environment's Python as a fork, and any other as usual."""

    server: ForkServer | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        if self.server is None or cmd[:3] != [sys.executable, *_LAUNCHER]:
            return await super().launch_kernel(cmd, **kwargs)
        folder = str(kwargs.get("cwd") or Path.cwd())
        environment = kwargs.get("env") or dict(os.environ)
        self.pid = self.pgid = self.server.start_kernel(cmd[3:], environment, folder)
        self.process = cast(Any, ForkedKernel(self.pid))
        self.cwd = folder
        return self.connection_info


@contextmanager
def forked_kernels() -> Iterator[None]:
    """Fork the kernels that this process starts, where the system can (Linux)."""
    if not hasattr(os, "pidfd_open"):
        yield
        return
    factory = KernelProvisionerFactory.instance()
    usual, factory.default_provisioner_name = factory.default_provisioner_name, _NAME
    outer, ForkProvisioner.server = ForkProvisioner.server, ForkServer()
    try:
        yield
    finally:
        ForkProvisioner.server.close()
        factory.default_provisioner_name, ForkProvisioner.server = usual, outer
