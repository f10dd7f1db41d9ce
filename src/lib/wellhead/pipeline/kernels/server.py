"""The process that forks kernels. The provisioner starts it: `python -m … FILE-DESCRIPTOR`.

It has one thread, as a fork copies only the thread that forks. Each request is JSON with the
kernel's arguments, environment and folder; the answer is the process number of the new kernel. It
ends when the other end of the connection is closed, or is gone because its process was killed; its
kernels notice within a second that their parent has ended, and end too.
"""

import gc
import importlib
import json
import os
import random
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from wellhead.library_imports import speed_up_imports

# Not prophet: it imports matplotlib, which would choose the backend of a program without notebook.
_IMPORTED = (
    "ipykernel.kernelapp",
    "great_expectations",
    "mlflow.pyfunc",
    "mlflow.store.model_registry.sqlalchemy_store",
    "mlflow.store.tracking.sqlalchemy_store",
    "plotly.express",
    "plotly.io",
    "safetensors.torch",
    "statsmodels.api",
    "torch",
    "wellhead.workflows.champions.promotion",
    "wellhead.workflows.forecasting.forecast",
    "wellhead.workflows.loading.ingest",
    "wellhead.workflows.modelling.training",
    "wellhead.workflows.publishing.site",
)


def main() -> None:
    """Import the libraries, then serve; a fork goes on as a kernel."""
    connection = Connection(int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which then ends this
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for ended kernels
    speed_up_imports()
    for name in _IMPORTED:
        with suppress(Exception):  # a broken module fails in the notebooks that need it
            importlib.import_module(name)
    gc.freeze()  # forks share these pages as long as the collector does not write to them
    request = _serve(connection)
    if request is not None:
        _become_kernel(**request)


def _serve(connection: Connection) -> dict[str, Any] | None:
    """Fork a kernel for each request. Returns the request in a fork, and None at the end."""
    while True:
        try:
            request: dict[str, Any] = json.loads(connection.recv_bytes())
        except EOFError:
            return None
        kernel = os.fork()
        if kernel == 0:
            connection.close()
            return request
        connection.send_bytes(str(kernel).encode())


def _become_kernel(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    """Run the IPython kernel in this process, as `python -m ipykernel_launcher` would."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    _reseed()
    _show_as_in_a_notebook()
    from ipykernel.kernelapp import launch_new_instance

    sys.argv = ["ipykernel_launcher", *arguments, f"--IPKernelApp.parent_handle={os.getppid()}"]
    launch_new_instance()


def _reseed() -> None:
    """Forks would draw the same numbers; Python's own generator is seeded anew by itself."""
    import numpy as np

    np.random.seed(random.getrandbits(32))


def _show_as_in_a_notebook() -> None:
    """When pandas was imported here it saw no notebook, and chose a terminal's options."""
    import pandas as pd

    pd.set_option("display.max_columns", 20)


if __name__ == "__main__":
    main()
