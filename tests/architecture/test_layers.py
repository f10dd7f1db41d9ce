"""The rules of the design that a machine can check."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import grimp
import pytest
import yaml

from tests.paths import ROOT
from wellhead.ingestion.registry import SOURCES
from wellhead.models.registry import MODELS

PACKAGE = ROOT / "src" / "lib" / "wellhead"
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb")) + sorted((ROOT / "apps").rglob("*.ipynb"))

# Folders may hold one file more for each member of a registry.
REGISTRIES = (SOURCES, MODELS)
MOST_MODULES = 16

# Libraries and the only modules that may import them.
KEEPERS = {
    "ploomber": {"wellhead.pipeline.ploomber_internals"},
    "httpx": {"wellhead.ingestion", "wellhead.client", "wellhead.tracking.reachable"},
    "yfinance": {"wellhead.ingestion"},
    "python_calamine": {"wellhead.ingestion.files.workbook"},
    "great_expectations": {"wellhead.validation"},
    "sqlalchemy": {"wellhead.database", "wellhead.tracking"},
    "alembic": {"wellhead.database"},
    "mlflow": {"wellhead.tracking", "wellhead.workflows.modelling.mlflow_model"},
    "pandas_market_calendars": {"wellhead.calendars"},
    "optuna": {"wellhead.evaluation.tuning.search"},
    "joblib": {"wellhead.evaluation.backtesting.execution"},
    "distributed": {"wellhead.evaluation.backtesting.cluster"},
}


def _modules() -> dict[str, ast.Module]:
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "api").rglob("*.py")]
    named = {}
    for path in files:
        base = (
            ROOT
            if (ROOT / "api") in path.parents or path.parent == ROOT / "api"
            else (PACKAGE.parent)
        )
        parts = path.relative_to(base).with_suffix("").parts
        named[".".join(p for p in parts if p != "__init__")] = ast.parse(path.read_text())
    return named


def _imported(tree: ast.Module) -> set[str]:
    """Top-level names of everything a module imports, inside functions too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_imports_go_one_way() -> None:
    """By the contracts in pyproject.toml. In a process of its own: it disables all loggers."""
    program = Path(sys.executable).with_name("lint-imports")
    ended = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, check=False)
    assert ended.returncode == 0, ended.stdout.decode()


def test_every_module_has_a_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = re.findall(r"wellhead\.(\w+)", " ".join(contracts["contracts"][0]["layers"]))
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert rooms - {"__init__", "__pycache__", "training"} == {*layers}


def test_no_room_is_too_full() -> None:
    """A newcomer reads a folder at a glance: 16 modules, beside the members of a registry."""
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "api").rglob("*.py")]
    members = {entry.partition(":")[0] for entries in REGISTRIES for entry in entries.values()}
    paths = {PACKAGE.parent / f"{member.replace('.', '/')}.py" for member in members}
    modules = [path for path in files if path not in paths and path.name != "__init__.py"]
    rooms = Counter(path.parent for path in modules)
    assert {room.name: count for room, count in rooms.items() if count > MOST_MODULES} == {}


def test_tables_are_imported_from_their_package() -> None:
    graph = grimp.build_graph("wellhead", cache_dir=None)
    inside = graph.find_descendants("wellhead.tables")
    importers = {i for part in inside for i in graph.find_modules_that_directly_import(part)}
    assert inside
    assert importers <= inside | {"wellhead.tables"}


@pytest.mark.parametrize("library", KEEPERS)
def test_a_library_stays_with_its_keepers(library: str) -> None:
    keepers = tuple(KEEPERS[library])
    strangers = [
        name
        for name, tree in _modules().items()
        if library in _imported(tree)
        and not any(name == keeper or name.startswith(keeper + ".") for keeper in keepers)
    ]
    assert not strangers


def test_only_one_module_asks_the_clock() -> None:
    asked = re.compile(r"\b(datetime\.now|utcnow|Timestamp\.now|Timestamp\.utcnow|time\.time)\b")
    askers = [p for p in PACKAGE.rglob("*.py") if asked.search(p.read_text())]
    assert askers == [PACKAGE / "calendars.py"]


def test_nothing_is_unpickled() -> None:
    """joblib is allowed in one module: it moves work to processes that we started, or to the
    cluster that a setting names, and back. Nothing that lies in a file is unpickled."""
    poison = {"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
    users = [name for name, tree in _modules().items() if poison & _imported(tree)]
    assert users == ["wellhead.evaluation.backtesting.execution"]
    execution = (PACKAGE / "evaluation" / "backtesting" / "execution.py").read_text()
    assert not re.search(r"joblib\.(load|Memory)", execution)


def test_every_notebook_is_in_the_pipeline_and_every_task_has_its_notebook() -> None:
    tasks = yaml.safe_load((ROOT / "pipeline.yaml").read_text())["tasks"]
    listed = {task["source"] for task in tasks if task["source"].endswith(".ipynb")}
    there = {str(path.relative_to(ROOT)) for path in (ROOT / "notebooks").rglob("*.ipynb")}
    assert listed == there


def _cells(path: Path, kind: str) -> list[dict]:
    return [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == kind]


def _code(path: Path) -> str:
    return "\n".join("".join(cell["source"]) for cell in _cells(path, "code"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
class TestNotebooks:
    def test_is_stripped(self, path: Path) -> None:
        for cell in _cells(path, "code"):
            assert not cell["outputs"]
            assert cell["execution_count"] is None

    def test_is_small_and_keeps_logic_out(self, path: Path) -> None:
        code = _code(path)
        assert len(code.splitlines()) <= 50
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 5
        for word in ("sys.path", "SELECT ", "httpx", "requests", "sqlalchemy", "API_KEY"):
            assert word not in code

    def test_begins_with_its_question(self, path: Path) -> None:
        first = "".join(json.loads(path.read_text())["cells"][0]["source"])
        assert first.startswith("# ")
        assert "?" in first or path.parts[-3:-1] == ("apps", "voila")


@pytest.mark.parametrize(
    "path", [p for p in NOTEBOOKS if "notebooks" in p.parts], ids=lambda path: path.name
)
def test_a_notebook_has_typed_parameters_and_says_what_to_look_at(path: Path) -> None:
    (parameters,) = [
        cell for cell in _cells(path, "code") if "parameters" in cell["metadata"].get("tags", [])
    ]
    for node in ast.parse("".join(parameters["source"])).body:
        assert isinstance(node, ast.AnnAssign), ast.unparse(node)
        assert node.value is not None
    assert "**Look at**" in "".join(_cells(path, "markdown")[-1]["source"])


def test_tests_mirror_the_package() -> None:
    """A folder of tests has the name of the folder that it tests."""
    others = {"api", "architecture", "benchmarks", "notebooks"}
    tested = {path.parent.relative_to(ROOT / "tests") for path in ROOT.glob("tests/**/test_*.py")}
    assert {str(f) for f in tested if not (PACKAGE / f).is_dir()} == others
