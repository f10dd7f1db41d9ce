"""Large libraries import fast, and still work."""

import subprocess
import sys

import pytest

_PROGRAM = """
import gc, sys
from wellhead.library_imports import speed_up_imports
speed_up_imports()
collections = []
gc.callbacks.append(lambda phase, _: collections.append(phase))
import jsonschema, mlflow
jsonschema.validate({"at": "2020-04-20"}, {"properties": {"at": {"format": "date"}}})
print(len(collections), bool(sys.modules["rfc3987_syntax"]))
"""


@pytest.mark.slow
def test_an_import_collects_garbage_a_few_times_and_compiles_no_grammar() -> None:
    ended = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True)
    collections, grammar = ended.stdout.split()
    assert int(collections) < 100, ended.stderr  # about 2,000 by default
    assert grammar == "False"
