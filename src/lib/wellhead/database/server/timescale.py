"""TimescaleDB, if the server has it: hypertables, compression, continuous aggregates.

On other servers the same names are plain tables and views that answer alike. `adopt` can run at any
time: migration 0002 calls it, and `wellhead database upgrade` does when a server gets the extension
later. A migration that changes a view changes it in `price_views.py` and calls `adopt` again.
"""

import logging
from typing import Any

import sqlalchemy as sa

from wellhead.database.server import price_views
from wellhead.errors import StorageError

_log = logging.getLogger("wellhead.database")

OLDEST = (2, 18)

# docs/decisions/0008 has the reasons and the measurements.
_HYPERTABLES = {
    "observations": {
        "time": "observed_at",
        "chunk": "5 years",
        "segmentby": "commodity, source, frequency",
        "orderby": "observed_at, available_at",
        "compress_after": "1 year",
    },
    "ledger": {
        "time": "made_at",
        "chunk": "3 months",
        "segmentby": "commodity, target_kind, model, source",
        "orderby": "model_version, made_at, target_at",
        "compress_after": "1 year",
    },
}
_STATE = sa.text(
    """
    SELECT available.default_version AS available, installed.extversion AS installed,
           current_setting('timescaledb.license', true) AS license
      FROM (SELECT) AS always
      LEFT JOIN pg_available_extensions AS available ON available.name = 'timescaledb'
      LEFT JOIN pg_extension AS installed ON installed.extname = 'timescaledb'
    """
)


def provide(engine: sa.Engine) -> None:
    """Create the extension if the server offers it; if that is forbidden, log one warning.

    It uses its own connection, because a server without the preloaded library drops it.
    """
    with engine.connect() as connection:
        extension = state(connection)
    if extension.available is None or extension.installed is not None:
        return
    try:
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS timescaledb"))
    except (StorageError, sa.exc.DBAPIError) as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0]
        _log.warning(
            "This server offers TimescaleDB %s, but it cannot be used (%s). Wellhead uses plain "
            "tables. Ask an administrator to run CREATE EXTENSION timescaledb in this database, "
            "then run `wellhead database upgrade`.",
            extension.available,
            reason,
        )


def state(connection: sa.Connection) -> sa.Row[Any]:
    """The extension's `available` and `installed` versions and `license`; each may be None."""
    return connection.execute(_STATE).one()


def version(connection: sa.Connection) -> str | None:
    """The version in use; None without the extension, or if it lacks features that we need."""
    extension = state(connection)
    usable = extension.license != "apache" and _new_enough(extension.installed)
    return extension.installed if usable else None


def _new_enough(installed: str | None) -> bool:
    """In 2.17, INSERT ... ON CONFLICT DO NOTHING into a compressed chunk stops at a conflict."""
    if installed is None:
        return False
    major, minor = installed.split(".")[:2]
    return (int(major), int(minor)) >= OLDEST


def around_restore(connection: sa.Connection) -> tuple[str, str]:
    """The statements that TimescaleDB requires before and after the SQL of a dump of it.

    A dump empties the search path, so they name the extension's schema.
    """
    query = (
        "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace AS n ON n.oid = "
        "extnamespace WHERE extname = 'timescaledb'"
    )
    schema = connection.scalar(sa.text(query))
    return (
        f"SELECT {schema}.timescaledb_pre_restore()",
        f"SELECT {schema}.timescaledb_post_restore()",
    )


def chunks(connection: sa.Connection) -> str:
    """A text with the number of chunks, and of compressed ones, of each hypertable."""
    query = (
        "SELECT hypertable_name, count(*) AS chunks, count(*) FILTER (WHERE is_compressed) AS "
        "compressed FROM timescaledb_information.chunks WHERE hypertable_schema = current_schema() "
        "GROUP BY 1 ORDER BY 1 DESC"
    )
    rows = connection.execute(sa.text(query)).all()
    texts = [f"{row[0]} in {row.chunks} chunks, {row.compressed} compressed" for row in rows]
    return "; ".join(texts) or "hypertables, empty"


def adopted(connection: sa.Connection) -> bool:
    """Whether the tables of this database are hypertables."""
    if version(connection) is None:
        return False
    count = connection.scalar(
        sa.text(
            "SELECT count(*) FROM timescaledb_information.hypertables "
            "WHERE hypertable_schema = current_schema() AND hypertable_name = ANY(:names)"
        ),
        {"names": list(_HYPERTABLES)},
    )
    return bool(count == len(_HYPERTABLES))


def adopt(connection: sa.Connection) -> None:
    """Create the views, and with TimescaleDB the hypertables, in the caller's transaction.

    Existing rows move into chunks. The aggregates start empty and read the tables until the first
    refresh.
    """
    price_views.drop(connection)
    if version(connection) is None:
        price_views.make_plain(connection)
        return
    inspector = sa.inspect(connection)
    for name in filter(inspector.has_table, _HYPERTABLES):  # migration 0002 comes before the ledger
        make_hypertable(connection, name)
    price_views.make_continuous(connection)


def make_hypertable(connection: sa.Connection, name: str) -> None:
    """Make a table a hypertable, if the server has TimescaleDB.

    The index of its key is enough: no query asks by time alone.
    """
    if version(connection) is None:
        return
    plan = _HYPERTABLES[name]
    connection.execute(
        sa.text(
            f"SELECT create_hypertable('{name}', by_range('{plan['time']}', "
            f"INTERVAL '{plan['chunk']}'), create_default_indexes => false, "
            "if_not_exists => true, migrate_data => true)"
        )
    )
    connection.execute(
        sa.text(
            f"ALTER TABLE {name} SET (timescaledb.compress, "
            f"timescaledb.compress_segmentby = '{plan['segmentby']}', "
            f"timescaledb.compress_orderby = '{plan['orderby']}')"
        )
    )
    connection.execute(sa.text(f"SELECT remove_compression_policy('{name}', if_exists => true)"))
    connection.execute(
        sa.text(
            f"SELECT add_compression_policy('{name}', "
            f"compress_after => INTERVAL '{plan['compress_after']}')"
        )
    )
