"""Keeps the warnings of libraries from the terminal."""

import warnings
from typing import Any


def hide_library_warnings() -> None:
    """Show no warning of Python's `warnings` in this process, whatever filters a library sets.

    They are for the developers of the library. What a user must know, our code says itself.
    """
    warnings.showwarning = _nothing


def _nothing(*_: Any, **__: Any) -> None:
    """In place of `warnings.showwarning`."""
