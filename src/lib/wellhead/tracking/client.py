"""MLflow, connected: the only place that knows where its server or database is."""

import os
from functools import lru_cache
from types import ModuleType
from typing import Any

import sqlalchemy as sa

from wellhead.database.engine import database_url, get_engine
from wellhead.errors import StorageError
from wellhead.settings import get_settings

_STORE_LOCK = 7_316_003


@lru_cache
def mlflow() -> ModuleType:
    """The library, imported at the first use (it takes seconds), silent, telemetry off."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    import logging

    import mlflow

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # of inserts that MLflow tries again
    mlflow.set_tracking_uri(_tracking_uri())
    return mlflow


@lru_cache
def client() -> Any:
    """An `MlflowClient`. The first call makes MLflow's tables; several at once do not collide."""
    library = mlflow()
    with get_engine().begin() as connection:
        _require_tables(connection)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_STORE_LOCK)))
        made = library.MlflowClient()
        try:
            made.search_experiments(max_results=1)
        except library.exceptions.MlflowException as error:
            reason = " ".join(str(error).split())
            raise StorageError(
                f"MLflow does not answer: {reason}. See MLFLOW_TRACKING_URI."
            ) from error
    return made


def _require_tables(connection: sa.Connection) -> None:
    """MLflow makes its tables where it finds none; who may not is told who may."""
    if get_settings().mlflow_tracking_uri is not None:
        return
    lacking = "SELECT to_regclass('mlflow.experiments') IS NULL"
    may = "SELECT has_schema_privilege('mlflow', 'CREATE')"
    if connection.scalar(sa.text(lacking)) and not connection.scalar(sa.text(may)):
        raise StorageError(
            "MLflow has no tables in this database, and this user may not make them. Ask the "
            "owner to run `wellhead database upgrade`."
        )


def experiment(name: str) -> str:
    """The identifier of an experiment, made if it is new; its artifacts lie under `var/mlflow`."""
    found = client().get_experiment_by_name(name)
    if found:
        return str(found.experiment_id)
    folder = get_settings().var / "mlflow"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return str(client().create_experiment(name, artifact_location=folder.resolve().as_uri()))
    except mlflow().exceptions.MlflowException:  # another process made it meanwhile
        return str(client().get_experiment_by_name(name).experiment_id)


def _tracking_uri() -> str:
    """MLFLOW_TRACKING_URI, or the schema `mlflow` of Wellhead's own database."""
    configured = get_settings().mlflow_tracking_uri
    if configured:
        return configured.get_secret_value()
    with get_engine().begin() as connection:
        if connection.scalar(sa.text("SELECT to_regnamespace('mlflow')")) is None:
            connection.execute(sa.schema.CreateSchema("mlflow", if_not_exists=True))
    address = database_url().update_query_dict({"options": "-csearch_path=mlflow"})
    return address.render_as_string(hide_password=False)
