"""How the notebooks of a run share the processors."""

import os

from wellhead.settings import get_settings


def workers() -> int:
    """How many notebooks run at a time."""
    return get_settings().processes or os.cpu_count() or 1


def share_processors() -> None:
    """Let each notebook use its share of the processors.

    The libraries read this when they are imported, so it has to be called before kernels start.
    """
    threads = max(1, (os.cpu_count() or 1) // workers())
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
