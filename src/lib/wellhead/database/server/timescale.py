"""TimescaleDB where the server has it: hypertables, compression, continuous aggregates.

Elsewhere the same names are plain tables and views with the same answers. Everything here is
derived from the plain tables and can be made again at any time: migration 0002 calls `adopt`, and
so does `wellhead database upgrade` when a server gets the extension later. A migration that
changes a view changes it in `database/views.py` and calls `adopt` again.
"""

import logging
from typing import Any

import sqlalchemy as sa

from wellhead.database import views
from wellhead.errors import StorageError

_log = logging.getLogger("wellhead.database")

OLDEST = (2, 18)

# docs/decisions/0007 has the arithmetic and the measurements behind these.
_HYPERTABLES = {
    "observations": {
        "time": "observed_at",
        "chunk": "5 years",
        "segmentby": "commodity, source, frequency",
        "orderby": "observed_at, available_at",
        "compress_after": "1 year",
    },
    "forecasts": {
        "time": "made_at",
        "chunk": "3 months",
        "segmentby": "commodity, target_kind, model, source",
        "orderby": "model_version, made_at, target_at, statistic",
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
    """Create the extension where the server offers it and lets us; else say so in one line.

    On a connection of its own: a server that has not preloaded the library drops the connection.
    """
    with engine.connect() as connection:
        found = state(connection)
    if found.available is None or found.installed is not None:
        return
    try:
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS timescaledb"))
    except (StorageError, sa.exc.DBAPIError) as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0]
        _log.warning(
            "TimescaleDB %s is on this server, but it cannot be used (%s): plain tables it is. "
            "Have an administrator run CREATE EXTENSION timescaledb in this database, then "
            "`wellhead database upgrade`.",
            found.available,
            reason,
        )


def state(connection: sa.Connection) -> sa.Row[Any]:
    """What the server has: `available` and `installed` versions, `license`; each may be None."""
    return connection.execute(_STATE).one()


def version(connection: sa.Connection) -> str | None:
    """The version in use; None on a plain server, and where what we use is not in it."""
    found = state(connection)
    return found.installed if found.license != "apache" and _young(found.installed) else None


def _young(installed: str | None) -> bool:
    """2.17 ended an INSERT ... ON CONFLICT DO NOTHING into a compressed chunk at a conflict."""
    if installed is None:
        return False
    major, minor = installed.split(".")[:2]
    return (int(major), int(minor)) >= OLDEST


def chunks(connection: sa.Connection) -> str:
    """The hypertables in words: how many chunks each has, and how many are compressed."""
    query = (
        "SELECT hypertable_name, count(*) AS chunks, count(*) FILTER (WHERE is_compressed) AS "
        "compressed FROM timescaledb_information.chunks WHERE hypertable_schema = current_schema() "
        "GROUP BY 1 ORDER BY 1 DESC"
    )
    found = connection.execute(sa.text(query)).all()
    words = [f"{row[0]} in {row.chunks} chunks, {row.compressed} compressed" for row in found]
    return "; ".join(words) or "hypertables, empty"


def adopted(connection: sa.Connection) -> bool:
    """Whether the tables of this database are hypertables."""
    if version(connection) is None:
        return False
    found = connection.scalar(
        sa.text(
            "SELECT count(*) FROM timescaledb_information.hypertables "
            "WHERE hypertable_schema = current_schema() AND hypertable_name = ANY(:names)"
        ),
        {"names": list(_HYPERTABLES)},
    )
    return bool(found == len(_HYPERTABLES))


def adopt(connection: sa.Connection) -> None:
    """Make the views, and the hypertables where the server can, in the caller's transaction.

    Existing rows move into the chunks. The aggregates begin empty and answer from the tables until
    they are refreshed.
    """
    views.drop(connection)
    if version(connection) is None:
        views.make_plain(connection)
        return
    for name, plan in _HYPERTABLES.items():
        _make_hypertable(connection, name, plan)
    views.make_continuous(connection)


def _make_hypertable(connection: sa.Connection, name: str, plan: dict[str, str]) -> None:
    """No index but the key's: all our questions begin with a series, none with a time alone."""
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
