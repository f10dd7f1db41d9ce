"""Bring the schema to the newest migration, or tell the user to ask the owner."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from wellhead.database.server import roles, timescale
from wellhead.errors import StorageError

_MIGRATIONS = Path(__file__).parents[1] / "migrations"
_MIGRATION_LOCK = 7_316_001  # any number, the same in every program
_MAY_MIGRATE = sa.text(
    """
    SELECT NOT pg_is_in_recovery() AND coalesce(
        (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class
          WHERE oid = to_regclass('alembic_version')),
        has_schema_privilege(current_schema(), 'CREATE'),
        false)
    """
)


def upgrade_schema(engine: sa.Engine) -> None:
    """Bring the schema to the newest migration. A lock makes a second program wait.

    Raises StorageError if the schema is behind and the user may not change it.
    """
    with engine.connect() as connection:
        if is_newest(connection):
            return
        _require_right(connection)
    timescale.provide(engine)
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        owned = roles.in_place(connection)
        if owned:  # new objects belong to the role, whichever of its members creates them
            roles.become_owner(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if owned:
            roles.grant(connection)


def is_newest(connection: sa.Connection) -> bool:
    """Whether the schema is the one of this version. Raises StorageError if it is newer."""
    script = ScriptDirectory.from_config(_config())
    at = revision(connection)
    if at is not None:
        try:
            script.get_revision(at)
        except CommandError as error:
            raise StorageError(
                "a newer version of Wellhead set up this database: update Wellhead, or set "
                "DATABASE_URL to another database."
            ) from error
    return at == script.get_current_head()


def newest_revision() -> str:
    """The newest migration of this version."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def revision(connection: sa.Connection) -> str | None:
    """The migration of a database; None before the first."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    at: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return at


def _require_right(connection: sa.Connection) -> None:
    if not connection.scalar(_MAY_MIGRATE):
        at = revision(connection) or "empty"
        raise StorageError(
            f"the database's schema is at {at} and this version needs {newest_revision()}, but "
            "this user may not change it. Ask the owner to run `wellhead database upgrade`."
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config
