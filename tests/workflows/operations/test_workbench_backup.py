"""A backup alone brings a workbench back on an empty machine; nothing else is accepted as one."""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.main import create_app
from tests.database.test_bars import WEEK, load
from tests.isolation import settings_in_use
from tests.workbench import Workbench, run_settings
from wellhead.catalogue.instruments import write_instruments
from wellhead.catalogue.lookup import find_instrument
from wellhead.database.engine import get_engine
from wellhead.database.operations import get_price_data, read_table
from wellhead.database.runs import model_files_may_go, model_files_stay
from wellhead.database.server import embedded
from wellhead.database.server.backup import dump
from wellhead.database.server.schema_upgrade import newest_revision
from wellhead.errors import InputError, StorageError
from wellhead.tracking.registry import champion
from wellhead.workflows.forecasting.forecast import forecast_with
from wellhead.workflows.operations.backup import back_up, last_backup, restore
from wellhead.workflows.operations.growth import growth_lines

WTI = find_instrument("WTI")


@pytest.fixture
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A workbench in an empty folder, in use within the block of its settings."""
    folder = tmp_path_factory.mktemp("other")
    (folder / "var").mkdir()
    yield Workbench(folder, folder)
    if (folder / "var" / "postgres").exists():
        embedded.release(folder / "var")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.tar"


def champion_figures() -> pd.DataFrame:
    """What the champion forecasts now: a figure a day, without the moment it was asked for."""
    return forecast_with(champion("WTI"), WTI, 30)


def served() -> object:
    answer = TestClient(create_app(), "http://127.0.0.1").get("/v1/forecasts/WTI")
    assert answer.status_code == 200, answer.text
    return answer.json()["forecast"]


def files_of(var: Path) -> dict[str, bytes]:
    places = [*(var / "mlflow").rglob("*"), var / "instruments.yml"]
    return {str(p.relative_to(var)): p.read_bytes() for p in places if p.is_file()}


def test_a_backup_alone_brings_everything_back_on_an_empty_machine(
    own_workbench: Workbench, machine: Workbench, file: Path
) -> None:
    mine = {"MINE": WTI.model_copy(update={"key": "MINE", "name": "mine", "aliases": ()})}
    write_instruments(own_workbench.var / "instruments.yml", mine)
    figures, answer = champion_figures(), served()
    files, ledger = files_of(own_workbench.var), read_table("forecasts")
    assert len(files) > 50
    made = back_up(file)
    assert last_backup() == made
    assert file.stat().st_mode & 0o777 == 0o600
    (own_workbench.var / "mlflow").rename(own_workbench.var / "gone")
    (own_workbench.var / "instruments.yml").unlink()
    with settings_in_use(**run_settings(machine.folder)):
        restore(file)
        assert files_of(machine.var) == files
        pd.testing.assert_frame_equal(read_table("forecasts"), ledger)
        assert find_instrument("MINE").name == "mine"
        pd.testing.assert_frame_equal(champion_figures(), figures)
        assert served() == answer
        assert not list(machine.var.glob(".wellhead-tmp-*"))


def refused(file: Path, *, replace: bool = True) -> str:
    with pytest.raises((InputError, StorageError)) as caught:
        restore(file, replace=replace)
    line = str(caught.value)
    assert "\n" not in line
    return line


def rewritten(file: Path, to: Path, change: dict[str, bytes | None]) -> Path:
    """A copy of a backup with some members' content replaced, added, or with None left out."""
    with tarfile.open(file) as old, tarfile.open(to, "w") as new:
        for member in old:
            content = change.pop(member.name, old.extractfile(member).read())  # type: ignore[union-attr]
            add(new, member.name, content)
        for name, content in change.items():
            add(new, name, content)
    return to


def add(tar: tarfile.TarFile, name: str, content: bytes | None) -> None:
    if content is not None:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))


@pytest.fixture
def small(database: sa.Engine, tmp_path: Path, point_at) -> Path:
    """A workbench with one file of a model; returns its folder `var`."""
    var = tmp_path / "var"
    (var / "mlflow" / "1").mkdir(parents=True)
    (var / "mlflow" / "1" / "weights").write_bytes(b"as they were")
    (var / "instruments.yml").write_text("{}")
    point_at(WELLHEAD_VAR_DIR=str(var))
    load(WEEK, [-36.98, 8.91, 13.64, 15.06, 15.99])
    return var


def test_a_backup_that_is_not_whole_or_not_as_written_is_refused(small: Path, file: Path) -> None:
    back_up(file)
    before, whole = files_of(small), file.read_bytes()
    bad = file.with_name("bad.tar")
    rewritten(file, bad, {"mlflow/1/weights": b"as they ARE"})
    assert "mlflow/1/weights is not as its manifest says" in refused(bad)
    rewritten(file, bad, {"mlflow/1/weights": None})
    assert "mlflow/1/weights is not as its manifest says" in refused(bad)
    rewritten(file, bad, {"mlflow/2/more": b""})
    assert "mlflow/2/more is not as its manifest says" in refused(bad)
    rewritten(file, bad, {"manifest.json": None})
    assert "it has no manifest.json" in refused(bad)
    in_manifest = whole.index(b"manifest.json") + 700
    for part in (len(whole) // 5, len(whole) // 2, in_manifest):
        bad.write_bytes(whole[:part])
        assert "bad.tar is " in refused(bad)
    (small / "prices.csv").write_text("date,value\n")
    assert "is damaged or not a backup" in refused(small / "prices.csv")
    assert "cannot be read: No such file" in refused(small / "nowhere.tar")
    assert files_of(small) == before


@pytest.mark.parametrize("name", ["../escaped", "mlflow/../../escaped", "/var/escaped", ".env"])
def test_an_archive_cannot_write_outside_of_its_places(small: Path, file: Path, name: str) -> None:
    back_up(file)
    bad = rewritten(file, file.with_name("bad.tar"), {name: b"x"})
    assert "it may not hold" in refused(bad)
    assert not list(small.parent.rglob("escaped"))


def test_a_link_in_an_archive_is_refused(small: Path, file: Path) -> None:
    back_up(file)
    with tarfile.open(file, "a") as tar:
        link = tarfile.TarInfo("mlflow/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(link)
    assert "it may not hold 'mlflow/link'" in refused(file)


def test_what_is_there_stays_unless_it_is_to_be_replaced(small: Path, file: Path) -> None:
    back_up(file)
    (small / "mlflow" / "1" / "weights").write_bytes(b"changed")
    (small / "mlflow" / "2").mkdir()
    (small / "mlflow" / "2" / "weights").write_bytes(b"new")
    (small / "instruments.yml").unlink()
    before = files_of(small)
    assert "var is not empty: it holds mlflow/1/weights" in refused(file, replace=False)
    assert files_of(small) == before
    restore(file, replace=True)
    assert files_of(small) == {"mlflow/1/weights": b"as they were", "instruments.yml": b"{}"}
    assert not (small / "mlflow" / "2").exists()


def test_if_the_database_refuses_the_files_stay_as_they_were(small: Path, file: Path) -> None:
    with get_engine().begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA other CREATE TABLE kept (a integer)"))
    back_up(file)
    (small / "mlflow" / "1" / "weights").rename(small / "moved")
    (small / "instruments.yml").write_text("# newer")
    before = files_of(small)
    assert 'schema "other" already exists' in refused(file)
    assert files_of(small) == before


def test_a_dump_of_the_database_alone_is_restored_too(small: Path, file: Path) -> None:
    dump(file)
    load(WEEK[:1], [1.0])
    assert restore(file, replace=True) is False
    assert get_price_data("WTI", WEEK[0])["value"].iloc[0] == -36.98


def test_no_file_of_a_model_goes_while_a_backup_copies(small: Path) -> None:
    with model_files_stay(), model_files_may_go() as free:
        assert not free
    with model_files_may_go() as free:
        assert free


def test_the_manifest_says_what_the_backup_is_of(small: Path, file: Path) -> None:
    back_up(file)
    with tarfile.open(file) as tar:
        assert tar.getnames() == [
            "database.dump",
            "mlflow/1/weights",
            "instruments.yml",
            "manifest.json",
        ]
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert manifest["schema"] == newest_revision()
    assert manifest["timescaledb"] is None
    assert manifest["files"]["mlflow/1/weights"]["bytes"] == len(b"as they were")


def test_a_backup_needs_a_folder_that_exists(small: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name a file in a folder that exists"):
        back_up(tmp_path / "none" / "backup.tar")


def test_the_status_names_what_grows_and_the_last_backup(small: Path, file: Path) -> None:
    lines = dict(growth_lines())
    assert lines["models"] == f"1 file, 0.0 MB in {small / 'mlflow'}"
    assert lines["backup"].startswith("none is known here: run `wellhead database backup")
    assert lines["retention"].startswith("the newest 5 trainings of each model are whole")
    back_up(file)
    assert f"0 days ago, {file}: " in dict(growth_lines())["backup"]
    file.unlink()
    assert "the file is no longer there" in dict(growth_lines())["backup"]
