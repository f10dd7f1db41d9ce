"""The migrations make the tables that are described, and can be undone."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tests.databases import BOTH
from wellhead.database.engine import upgrade_schema
from wellhead.database.operations import read_table
from wellhead.database.schema import VIEWS as READABLE
from wellhead.database.schema import metadata
from wellhead.tables import VIEWS, View

pytestmark = [pytest.mark.usefixtures("database"), BOTH]


def test_the_migrated_schema_is_the_described_one(database: sa.Engine) -> None:
    with database.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_has_the_columns_that_are_described(view: View, database: sa.Engine) -> None:
    found = sa.inspect(database).get_columns(view.name)
    types = {column["name"]: str(column["type"]) for column in found}
    assert types == {column.name: str(column.type) for column in READABLE[view.name].columns}
    assert read_table(view.name).empty


def test_migrating_twice_changes_nothing(database: sa.Engine) -> None:
    upgrade_schema(database)
    with database.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM alembic_version")) == 1


def test_a_price_can_be_negative_and_never_nan(database: sa.Engine) -> None:
    row = (
        "INSERT INTO observations VALUES ('WTI','t','daily','2020-04-20','2020-04-21', {value},"
        "'USD/bbl',NULL,NULL,NULL,NULL,'b',now())"
    )
    with database.begin() as connection:
        connection.execute(sa.text(row.format(value=-36.98)))
    for poison in ("'NaN'", "'Infinity'", "'-Infinity'"):
        with pytest.raises(sa.exc.IntegrityError), database.begin() as connection:
            connection.execute(sa.text(row.format(value=poison)))
