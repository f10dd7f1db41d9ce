"""Addresses of MLflow's artifacts that do not contain the path of a folder.

MLflow stores the address of every artifact. With `wellhead:/RUN/artifacts` a project folder can be
renamed, copied and restored elsewhere: the address leads to the `var/` of the settings in use
(`artifact_repository.py`). Addresses from before held paths; after a rename they lead to a folder
that does not exist, and MLflow would make it anew.
"""

from pathlib import Path

import sqlalchemy as sa

from wellhead.database.server.mlflow_tables import ADDRESSES, FIRST, SCHEMA
from wellhead.settings import get_settings

LOCATION = "wellhead:/"
"""The address of `var/mlflow`."""
_PATHS = sa.text(
    f"SELECT DISTINCT artifact_location FROM {SCHEMA}.{FIRST} "  # noqa: S608 - our own names
    "WHERE name LIKE 'wellhead%' AND artifact_location LIKE 'file:%/mlflow'"
)
_MAY_UPDATE = sa.text(f"SELECT has_table_privilege('{SCHEMA}.{FIRST}', 'UPDATE')")


def artifacts_folder() -> Path:
    """`var/mlflow`, absolute."""
    return (get_settings().var / "mlflow").resolve()


def replace_paths(connection: sa.Connection) -> None:
    """Replace the paths in MLflow's tables; a user who may only read them changes nothing."""
    if not connection.scalar(_MAY_UPDATE):
        return
    for path in connection.scalars(_PATHS).all():
        for table, column in ADDRESSES:
            update = (
                f"UPDATE {SCHEMA}.{table} "  # noqa: S608 - our own names
                f"SET {column} = :location || ltrim(substr({column}, length(:path) + 1), '/') "
                f"WHERE {column} = :path OR starts_with({column}, :path || '/')"
            )
            connection.execute(sa.text(update), {"path": path, "location": LOCATION})
