"""What there is to know of the database in use: server, connection, schema, sizes, replica."""

from typing import Any

import sqlalchemy as sa

from wellhead.database.engine import database_url, open_engine, read_address
from wellhead.database.server import migrating, roles, timescale
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


def database_status() -> list[tuple[str, str]]:
    """Pairs of a word and what is to be said of it. Nothing is changed, not even the schema.

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
                ("user", _user(connection, server.user)),
                ("schema", _schema(connection)),
                ("TimescaleDB", _extension(connection)),
                *_sizes(connection),
            ]
    finally:
        engine.dispose()
    return [*lines, ("replica", _replica())]


def encryption(connection: sa.Connection, url: sa.URL) -> str:
    """How the connection is protected; what leaves this machine in clear is a warning."""
    wire: Any = connection.connection.dbapi_connection
    if wire.pgconn.ssl_in_use:
        mode = url.query.get("sslmode", "prefer")
        if mode in ("verify-full", "verify-ca"):
            return f"TLS, certificate checked ({mode})"
        return f"TLS, but nobody checks whose certificate it is: sslmode is {mode}, not verify-full"
    if _host(url) in _LOOPBACK or _host(url).startswith("/"):
        return "not encrypted; it stays on this machine"
    return (
        "WARNING: not encrypted, and the server is another machine: add "
        "?sslmode=verify-full&sslrootcert=FILE to DATABASE_URL"
    )


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
    return f"{name}, {f'a member of {member}' if member else 'a member of none of our roles'}"


def _schema(connection: sa.Connection) -> str:
    at, newest = migrating.revision(connection), migrating.newest_revision()
    if at == newest:
        return f"{at}, the newest"
    return f"{at or 'empty'}; the newest is {newest}: run `wellhead database upgrade`"


def _extension(connection: sa.Connection) -> str:
    found = timescale.state(connection)
    if found.available is None:
        return "not on this server: plain tables and views"
    if timescale.adopted(connection):
        return f"{found.installed}: {timescale.chunks(connection)}"
    if found.installed and timescale.version(connection) is None:
        oldest = ".".join(map(str, timescale.OLDEST))
        return (
            f"{found.installed} under licence {found.license}, not in use: it takes {oldest} or "
            "later under licence timescale"
        )
    return f"{found.installed or found.available}, not in use: run `wellhead database upgrade`"


def _sizes(connection: sa.Connection) -> list[tuple[str, str]]:
    """Rows and bytes of each table, chunks and indexes included."""
    inspector = sa.inspect(connection)
    function = "hypertable_size" if timescale.adopted(connection) else "pg_total_relation_size"
    lines = []
    for table in (described.name for described in TABLES):
        if inspector.has_table(table):
            size = f"coalesce({function}('{table}'), pg_total_relation_size('{table}'))"
            query = f"SELECT count(*) AS rows, pg_size_pretty({size}) AS size FROM {table}"  # noqa: S608 - our own names
            found = connection.execute(sa.text(query)).one()
            lines.append((table, f"{found.rows:,} row{'s' * (found.rows != 1)}, {found.size}"))
    return lines


def _replica() -> str:
    """What DATABASE_READ_URL names and how far behind it is, said and not raised."""
    url = get_settings().database_read_url
    if url is None or not url.get_secret_value():
        return "none (DATABASE_READ_URL is not set)"
    engine = open_engine(read_address("DATABASE_READ_URL", url.get_secret_value()))
    try:
        with engine.connect() as connection:
            at = migrating.revision(connection)
        return f"{_host(engine.url)}:{engine.url.port}, schema {at}, {lag(engine):.0f} s behind"
    except StorageError as error:
        return f"WARNING: {error}"
    finally:
        engine.dispose()
