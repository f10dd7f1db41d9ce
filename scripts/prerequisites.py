"""Say in one line what is missing before an environment is made. Runs on any Python 3."""

import importlib.util
import struct
import sys


def missing():
    """What stands in the way, with what to do about it; None if nothing does."""
    if sys.version_info < (3, 11):  # noqa: UP036 - that is the question
        return (
            "Wellhead needs Python 3.11 or newer, this is {}.{}. "
            "Name another: make run PYTHON=python3.12".format(*sys.version_info[:2])
        )
    if struct.calcsize("P") < 8:
        return "Wellhead needs a 64-bit Python: torch is not built for 32 bits."
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        return "this Python lacks venv: on Debian and Ubuntu, `apt-get install python3-venv`."
    return None


if __name__ == "__main__":
    problem = missing()
    if problem:
        sys.exit("error: " + problem)
