"""The addresses of MLflow's artifacts hold when the project folder moves."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.isolation import settings_in_use
from tests.workbench import run_settings
from wellhead.catalogue.targets import Target
from wellhead.database.engine import get_engine
from wellhead.database.server import embedded
from wellhead.database.server.mlflow_tables import ADDRESSES
from wellhead.database.server.status import database_status
from wellhead.errors import ArtifactError
from wellhead.tracking.client import client, experiment, mlflow
from wellhead.tracking.registry import artifact_folder, champion
from wellhead.tracking.runs import open_run
from wellhead.workflows.modelling.versions import load_version


def _select(table: str, column: str) -> sa.Select[tuple[str]]:
    return sa.select(sa.column(column)).select_from(sa.table(table, schema="mlflow"))


def _addresses() -> set[str]:
    with get_engine().connect() as connection:
        return {
            address
            for table, column in ADDRESSES
            for address in connection.scalars(_select(table, column))
        }


def test_no_address_holds_the_path_of_a_folder(workbench) -> None:
    found = _addresses()
    of_mlflow = {address for address in found if address.endswith("/mlruns/0")}  # unused: Default
    assert len(of_mlflow) == 1
    assert len(found) > 5
    assert {address.split(":")[0] for address in found - of_mlflow} == {"wellhead", "models"}


def test_models_are_found_after_the_project_was_renamed(own_workbench, tmp_path: Path) -> None:
    before, model = own_workbench.folder, champion("WTI").model
    after = before.with_name(f"{before.name} & moved")
    embedded.release(own_workbench.var)
    before.rename(after)
    with settings_in_use(**run_settings(after)):
        assert load_version(champion("WTI")).card()["model"] == model
        assert artifact_folder(champion("WTI")).is_relative_to(after)
        with open_run("wellhead-WTI", "after the move", {}, {}) as run:
            run.log_text("moved", "note.txt")
        assert (after / "var" / "mlflow" / run.run_id / "artifacts" / "note.txt").exists()
        assert not before.exists()
        embedded.release(after / "var")
    after.rename(before)


def _store_paths(folder: str) -> None:
    """Give the workbench the addresses that were stored before, of a folder that is gone."""
    with get_engine().begin() as connection:
        for name, column in ADDRESSES:
            table = sa.table(name, sa.column(column), schema="mlflow")
            path = sa.func.rtrim(sa.func.replace(table.c[column], "wellhead:/", f"{folder}/"), "/")
            connection.execute(sa.update(table).values({column: path}))


def test_addresses_that_hold_a_path_are_replaced(own_workbench) -> None:
    before = _addresses()
    _store_paths("file:///srv/My%20Drive/A/var/mlflow")
    assert any("My%20Drive" in address for address in _addresses())
    client.cache_clear()
    load_version(champion("WTI"))
    assert _addresses() == before


def test_the_status_says_what_holds(own_workbench) -> None:
    lines = dict(database_status())
    count = len(client().search_model_versions())
    assert lines["versions"] == (
        f"{count}, {count} of them with the digest of their files; their addresses follow var/"
    )
    assert lines["socket"].endswith("can connect: its owner alone")
    _store_paths("file:///srv/A/var/mlflow")
    assert "run `wellhead database upgrade`" in dict(database_status())["versions"]


def test_an_experiment_that_was_deleted_is_restored(
    own_workbench, caplog: pytest.LogCaptureFixture
) -> None:
    identifier = experiment("wellhead-WTI")
    client().delete_experiment(identifier)
    assert experiment("wellhead-WTI") == identifier
    assert client().get_experiment(identifier).lifecycle_stage == "active"
    assert "wellhead-WTI was deleted in MLflow; it is restored" in caplog.text


@pytest.mark.parametrize("address", ["wellhead:/../../etc", "wellhead:/a/%2e%2e/%2e%2e/b"])
def test_an_address_does_not_lead_out_of_the_folder(address: str) -> None:
    with pytest.raises(ArtifactError, match="leads out of"):
        mlflow().artifacts.list_artifacts(address)


def test_a_version_of_every_target_is_found(workbench) -> None:
    for target in Target:
        load_version(champion("WTI", target))
