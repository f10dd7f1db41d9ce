"""Three group roles, each with the least privileges it needs; users log in as members.

    wellhead_owner    owns tables and views, and migrates them
    wellhead_writer   loads, forecasts, tracks models: adds rows, updates only `Table.updated`
    wellhead_reader   reads

Roles belong to the whole server, grants to one database: run `make` once in each database.
"""

import sqlalchemy as sa

from wellhead.database.server import mlflow_tables, price_views, timescale
from wellhead.database.server.mlflow_tables import SCHEMA as MLFLOW
from wellhead.database.server.price_views import PERIODS
from wellhead.tables import IDENTITY, TABLES, VIEWS

OWNER, WRITER, READER = "wellhead_owner", "wellhead_writer", "wellhead_reader"

# Our tables and all objects of MLflow that still belong to another role.
_OTHERS_OBJECTS = sa.text(
    """
    SELECT oid::regclass::text, CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE'
                                             ELSE 'TABLE' END
      FROM pg_class
     WHERE pg_get_userbyid(relowner) <> :owner
       AND (relnamespace = 'public'::regnamespace AND relname = ANY(:ours)
            OR relnamespace = to_regnamespace(:mlflow) AND relkind IN ('r', 'p', 'v', 'S'))
    UNION ALL
    SELECT oid::regprocedure::text, 'ROUTINE'
      FROM pg_proc
     WHERE pg_get_userbyid(proowner) <> :owner AND pronamespace = to_regnamespace(:mlflow)
     ORDER BY 2 DESC  -- tables before the sequences that follow them
    """
)


def in_place(connection: sa.Connection) -> bool:
    """Whether `make` has run in this database."""
    owner = connection.scalar(
        sa.text(
            "SELECT pg_get_userbyid(relowner) FROM pg_class "
            "WHERE oid = to_regclass('alembic_version')"
        )
    )
    return bool(owner == OWNER)


def become_owner(connection: sa.Connection) -> None:
    """Act as the owner until the transaction ends, so that new objects belong to that role."""
    connection.execute(sa.text(f"SET LOCAL ROLE {OWNER}"))


def make(connection: sa.Connection) -> None:
    """Create the roles, give all objects to the owner and each role its grants; repeatable.

    Needs a superuser, or a user who may create roles and owns the database.
    """
    database = connection.dialect.identifier_preparer.quote(
        str(connection.scalar(sa.text("SELECT current_database()")))
    )
    make_roles(connection)
    for statement in (
        f"GRANT CONNECT ON DATABASE {database} TO {READER}, {OWNER}",
        f"GRANT TEMPORARY ON DATABASE {database} TO {WRITER}",
        f"GRANT CREATE ON DATABASE {database} TO {OWNER}",
    ):
        connection.execute(sa.text(statement))
    hand_over(connection)


def make_roles(connection: sa.Connection) -> None:
    """Create the roles that the server lacks; the current user becomes a member of the owner."""
    existing = set(connection.scalars(sa.text("SELECT rolname FROM pg_roles")))
    for role in (OWNER, WRITER, READER):
        if role not in existing:
            connection.execute(sa.text(f"CREATE ROLE {role} NOLOGIN"))
    connection.execute(sa.text(f"GRANT {READER} TO {WRITER}"))
    if timescale.version(connection):  # its jobs log in as the owner, on the server itself
        connection.execute(sa.text(f"ALTER ROLE {OWNER} LOGIN PASSWORD NULL"))
    superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    if not connection.scalar(sa.text(superuser)):
        connection.execute(sa.text(f"GRANT {OWNER} TO CURRENT_USER"))


def hand_over(connection: sa.Connection) -> None:
    """Give our tables and all of MLflow's objects to the owner, and set the grants.

    The owner drops and creates the views on prices, because continuous aggregates and their jobs do
    not survive a change of owner well.
    """
    for statement in (
        f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"CREATE SCHEMA IF NOT EXISTS {MLFLOW}",
        f"ALTER SCHEMA {MLFLOW} OWNER TO {OWNER}",
    ):
        connection.execute(sa.text(statement))
    plain = [view.name for view in VIEWS if view.name not in PERIODS.values()]
    tables = ["alembic_version", *(described.name for described in TABLES)]
    ours = [*tables, *plain]
    names = {"owner": OWNER, "ours": ours, "mlflow": MLFLOW}
    others = connection.execute(_OTHERS_OBJECTS, names).all()
    rebuild = any(name in tables for name, _ in others)
    if rebuild:
        price_views.drop(connection)
    for name, object_type in others:
        connection.execute(sa.text(f"ALTER {object_type} {name} OWNER TO {OWNER}"))
    become_owner(connection)
    if rebuild:
        timescale.adopt(connection)
    grant(connection)
    connection.execute(sa.text("RESET ROLE"))


def grant(connection: sa.Connection) -> None:
    """Grant writer and reader what they need, on later tables too. The owner must call it."""
    for schema in ("public", MLFLOW):
        for statement in (
            f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {WRITER}, {READER}",
            f"GRANT USAGE ON SCHEMA {schema} TO {READER}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {READER}",
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA {schema} "
            f"GRANT SELECT ON TABLES TO {READER}",
        ):
            connection.execute(sa.text(statement))
    for table in TABLES:
        if table is not IDENTITY:
            connection.execute(sa.text(f"GRANT INSERT ON {table.name} TO {WRITER}"))
        if table.updated:
            columns = ", ".join(table.updated)
            connection.execute(sa.text(f"GRANT UPDATE ({columns}) ON {table.name} TO {WRITER}"))
    if timescale.adopted(connection):
        connection.execute(sa.text(f"GRANT EXECUTE ON FUNCTION refresh_bars_soon TO {WRITER}"))
    _grant_tracking(connection)


def _grant_tracking(connection: sa.Connection) -> None:
    """MLflow updates and deletes rows of its own: tags, aliases, runs."""
    rows = "INSERT, UPDATE, DELETE"
    for statement in (
        f"GRANT {rows} ON ALL TABLES IN SCHEMA {MLFLOW} TO {WRITER}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {MLFLOW} TO {WRITER}",
    ):
        connection.execute(sa.text(statement))
    revision = f"{MLFLOW}.{mlflow_tables.REVISION}"
    if connection.scalar(sa.text(f"SELECT to_regclass('{revision}')")) is not None:
        connection.execute(sa.text(f"REVOKE {rows} ON {revision} FROM {WRITER}"))


def memberships(connection: sa.Connection) -> list[str]:
    """The roles of which the user of this connection is a member."""
    query = sa.text(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(:roles) AND pg_has_role(oid, 'USAGE')"
    )
    has = set(connection.scalars(query, {"roles": [OWNER, WRITER, READER]}))
    return [role for role in (OWNER, WRITER, READER) if role in has]
