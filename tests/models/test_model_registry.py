"""The registry: names, laziness, and models that it does not know."""

import subprocess
import sys
from pathlib import Path

import pytest

from wellhead.errors import ArtifactError, UnknownModelError
from wellhead.models import create, load, model_names
from wellhead.models.artifacts import Artifact, write_artifact


def test_the_benchmark_comes_first() -> None:
    assert model_names()[:2] == ("no-change", "drift")


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownModelError, match=r"'oracle'.*no-change, drift, mean-reversion"):
        create("oracle")


def test_a_saved_model_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    write_artifact(tmp_path / "saved", Artifact("oracle", {}))
    with pytest.raises(ArtifactError, match="'oracle', which is not registered"):
        load(tmp_path / "saved")


def test_creating_one_model_does_not_import_the_libraries_of_others() -> None:
    code = (
        "import sys; from wellhead.models import create; create('no-change');"
        "sys.exit(any(name in sys.modules for name in ('torch', 'prophet', 'statsmodels')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_asking_every_model_for_its_class_imports_no_heavy_library() -> None:
    code = (
        "import sys; from wellhead.models.registry import MODELS, model_class;"
        "print([name for name in MODELS if not model_class(name).min_history]"
        "    + [name for name in ('torch', 'prophet', 'statsmodels') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_broken_model_file_does_not_break_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wellhead.models.lstm", None)
    with pytest.raises(ImportError):
        create("lstm")
    assert create("drift").name == "drift"
