"""What the documents promise is there, and what is there is documented."""

import pkgutil
import re

import pytest
import yaml
from typer.main import get_command

from tests.paths import ROOT
from wellhead.catalogue.entries import built_in
from wellhead.cli import app
from wellhead.ingestion.registry import SOURCES
from wellhead.models import model_names
from wellhead.reference.documents import DOCUMENTS
from wellhead.settings import Settings, variable
from wellhead.tables import TABLES, VIEWS

README = (ROOT / "README.md").read_text()
DOCS = {path.name: path.read_text() for path in (ROOT / "docs").rglob("*.md")}


def test_the_readme_names_every_command_and_target() -> None:
    commands = get_command(app).commands
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    for name in commands:
        assert f"wellhead {name}" in README or f"make {name}" in README, name
    for name in set(targets) - {"help"}:
        assert f"make {name}" in README, name


def test_the_readme_promises_no_target_that_does_not_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for name in re.findall(r"make ([a-z-]+)", README):
        assert re.search(rf"^{name}:", makefile, flags=re.MULTILINE), name


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_generated_document_is_up_to_date(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == DOCUMENTS[name](), (
        f"docs/{name} is stale: run `wellhead docs`"
    )


def test_every_setting_is_documented_and_described() -> None:
    for field, described in Settings.model_fields.items():
        assert variable(field) in DOCS["settings.md"]
        assert described.description


def test_every_table_model_source_and_instrument_is_documented() -> None:
    for table in (*TABLES, *VIEWS):
        assert f"## {table.name}" in DOCS["data-dictionary.md"]
    everything = README + "".join(DOCS.values())
    for name in (*model_names(), *SOURCES, *built_in()):
        assert name in everything, name


def test_links_between_documents_lead_somewhere() -> None:
    links = [
        (path, target)
        for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text())
    ]
    assert len(links) > 50
    for path, target in links:
        assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_every_file_that_a_document_names_exists() -> None:
    path = re.compile(r"`((?:src|tests|api|apps|notebooks|expectations|benchmarks|docs)/[\w./-]+)`")
    named = [
        (document, name)
        for document in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
        for name in path.findall(document.read_text())
        if "NAME" not in name and "TABLE" not in name
    ]
    assert len(named) > 50
    for document, name in named:
        assert (ROOT / name).exists(), f"{document.name} names {name}"


def test_every_import_that_a_document_shows_works() -> None:
    imports = re.compile(r"from ((?:wellhead|api)[\w.]*) import ([\w, ]+)")
    dotted = re.compile(r"`(wellhead\.[\w.]+)`")
    shown = []
    for document in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        text = document.read_text()
        shown += dotted.findall(text)
        for module, names in imports.findall(text):
            shown += [f"{module}:{name}" for name in names.replace(" ", "").split(",")]
    assert len(shown) > 5
    for name in shown:
        assert pkgutil.resolve_name(name)


def test_every_decision_has_a_number_a_status_and_a_reason() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert len(records) >= 4
    for number, path in enumerate(records, start=1):
        text = path.read_text()
        assert path.name.startswith(f"{number:04d}-")
        for heading in ("Status:", "## Context", "## Decision", "## Consequences"):
            assert heading in text, (path.name, heading)


def test_conda_users_get_the_same_lock() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    (pip,) = [d for d in environment["dependencies"] if isinstance(d, dict)]
    assert pip["pip"] == ["-r requirements.lock", "-e ."]


def test_the_locks_pin_every_package_exactly_and_torch_as_decided() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        lines = [x for x in (ROOT / name).read_text().splitlines() if not x.startswith("#")]
        assert all(re.fullmatch(r"[\w.-]+==[\w.!]+", line) for line in lines), name
    assert "torch==2.13.0" in (ROOT / "requirements.lock").read_text().splitlines()


def test_no_file_names_a_machine_path() -> None:
    wrong = re.compile(r"(?<![\w.])/(work|root|home/\w+)/")
    for path in ROOT.rglob("*"):
        if path.suffix in {".py", ".md", ".yaml", ".yml", ".ipynb", ".toml", ".j2"} and not (
            {".venv", "var", "artifacts", "build"} & set(path.relative_to(ROOT).parts)
        ):
            assert not wrong.search(path.read_text()), path
