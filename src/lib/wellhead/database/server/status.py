"""The status of the database in use: server, connection, schema, sizes, replica."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from wellhead.database.engine import database_url, open_engine, read_address
from wellhead.database.server import roles, schema_upgrade, timescale
from wellhead.database.server.cluster import running
from wellhead.database.server.mlflow_tables import FIRST, SCHEMA
from wellhead.database.server.replica import lag
from wellhead.errors import StorageError
from wellhead.settings import get_settings
from wellhead.tables import TABLES

_LOOPBACK = ("127.0.0.1", "::1", "localhost", "")
_SERVER = sa.text(
    "SELECT version() AS version, current_user AS user, current_database() AS name, "
    "pg_size_pretty(pg_database_size(current_database())) AS size, "
    "pg_is_in_recovery() AS standby"
)
_VERSIONS = sa.text(
    f"SELECT (SELECT count(*) FROM {SCHEMA}.model_versions) AS versions, "  # noqa: S608 - our names
    f"(SELECT count(*) FROM {SCHEMA}.model_version_tags WHERE key = 'manifest_sha256') AS sealed, "
    f"(SELECT count(*) FROM {SCHEMA}.model_versions WHERE storage_location LIKE 'file:%') AS paths"
)


def database_status() -> list[tuple[str, str]]:
    """Pairs of a topic and its text. Nothing is changed, not even the schema.

    Raises StorageError if the server cannot be reached.
    """
    engine = open_engine(database_url())
    try:
        with engine.connect() as connection:
            server = connection.execute(_SERVER).one()
            lines = [
                ("server", f"{' '.join(server.version.split()[:2])} at {_place(engine.url)}"),
                ("database", f"{server.name}, {server.size}"),
                ("connection", encryption(connection, engine.url)),
                *_privacy(),
                ("user", _user(connection, server.user)),
                ("schema", _schema(connection)),
                ("TimescaleDB", _extension(connection)),
                *_sizes(connection),
                *_registry(connection),
            ]
    finally:
        engine.dispose()
    return [*lines, ("replica", _replica())]


def encryption(connection: sa.Connection, url: sa.URL) -> str:
    """How the connection is protected; a warning if it leaves this machine unencrypted."""
    wire: Any = connection.connection.dbapi_connection
    if wire.pgconn.ssl_in_use:
        mode = url.query.get("sslmode", "prefer")
        if mode in ("verify-full", "verify-ca"):
            return f"TLS, certificate checked ({mode})"
        return f"TLS, but the certificate is not checked: sslmode is {mode}, not verify-full"
    if _host(url) in _LOOPBACK or _host(url).startswith("/"):
        return "not encrypted; it does not leave this machine"
    return (
        "WARNING: not encrypted, and the server is on another machine: add "
        "?sslmode=verify-full&sslrootcert=FILE to DATABASE_URL"
    )


def _privacy() -> list[tuple[str, str]]:
    """Who reaches the embedded server, and when it ends."""
    settings = get_settings()
    if settings.database_url is not None:
        return []
    server = running(settings.var / "postgres")
    folder = server.socket_folder if server else Path()
    private = folder.stat().st_mode & 0o077 == 0
    access = "its owner alone" if private else "WARNING: other users of this machine"
    return [
        ("socket", f"{folder}; can connect: {access}"),
        ("life", "starts on demand, also after it died; ends with the last process that uses it"),
    ]


def _place(url: sa.URL) -> str:
    if get_settings().database_url is None:
        return f"{get_settings().var / 'postgres'} (embedded)"
    return f"{_host(url) or 'localhost'}:{url.port or url.query.get('port', 5432)}"


def _host(url: sa.URL) -> str:
    host = url.host or url.query.get("host", "")
    return host if isinstance(host, str) else ",".join(host)


def _user(connection: sa.Connection, name: str) -> str:
    member = ", ".join(roles.memberships(connection))
    if not roles.in_place(connection):
        return f"{name}; the roles of `wellhead database roles` are not set up in this database"
    return f"{name}, a member of {member or 'none of our roles'}"


def _schema(connection: sa.Connection) -> str:
    at, newest = schema_upgrade.revision(connection), schema_upgrade.newest_revision()
    if at == newest:
        return f"{at}, the newest"
    return f"{at or 'empty'}; the newest is {newest}: run `wellhead database upgrade`"


def _extension(connection: sa.Connection) -> str:
    extension = timescale.state(connection)
    if extension.available is None:
        return "not on this server: plain tables and views"
    if timescale.adopted(connection):
        return f"{extension.installed}: {timescale.chunks(connection)}"
    if extension.installed and timescale.version(connection) is None:
        oldest = ".".join(map(str, timescale.OLDEST))
        return (
            f"{extension.installed} under licence {extension.license}, not in use: Wellhead needs "
            f"{oldest} or later under licence timescale"
        )
    known = extension.installed or extension.available
    return f"{known}, not in use: run `wellhead database upgrade`"


def _sizes(connection: sa.Connection) -> list[tuple[str, str]]:
    """Rows and size of each table, with chunks and indexes."""
    inspector = sa.inspect(connection)
    function = "hypertable_size" if timescale.adopted(connection) else "pg_total_relation_size"
    lines = []
    for table in (described.name for described in TABLES):
        if inspector.has_table(table):
            size = f"coalesce({function}('{table}'), pg_total_relation_size('{table}'))"
            query = f"SELECT count(*) AS rows, pg_size_pretty({size}) AS size FROM {table}"  # noqa: S608 - our own names
            total = connection.execute(sa.text(query)).one()
            lines.append((table, f"{total.rows:,} row{'s' * (total.rows != 1)}, {total.size}"))
    return lines


def _registry(connection: sa.Connection) -> list[tuple[str, str]]:
    """How many model versions are sealed, and whether their addresses hold when folders move."""
    if not sa.inspect(connection).has_table(FIRST, schema=SCHEMA):
        return []
    counts = connection.execute(_VERSIONS).one()
    fixed = "follow var/" if not counts.paths else "hold a path: run `wellhead database upgrade`"
    return [
        (
            "versions",
            f"{counts.versions}, {counts.sealed} of them with the digest of their files; their "
            f"addresses {fixed}",
        )
    ]


def _replica() -> str:
    """The replica of DATABASE_READ_URL and its lag; an error is part of the text."""
    url = get_settings().database_read_url
    if url is None or not url.get_secret_value():
        return "none (DATABASE_READ_URL is not set)"
    setting = "DATABASE_READ_URL"
    engine = open_engine(read_address(setting, url.get_secret_value()), setting)
    try:
        with engine.connect() as connection:
            at = schema_upgrade.revision(connection)
        return f"{_host(engine.url)}:{engine.url.port}, schema {at}, {lag(engine):.0f} s behind"
    except StorageError as error:
        return f"WARNING: {error}"
    finally:
        engine.dispose()
