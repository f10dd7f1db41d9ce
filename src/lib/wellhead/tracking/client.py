"""The connection to MLflow: only this module knows the address of its server or database."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import ModuleType
from typing import Any

import sqlalchemy as sa

from wellhead.database.engine import database_url, get_engine, open_engine, read_address
from wellhead.database.server.mlflow_tables import FIRST, SCHEMA
from wellhead.errors import StorageError
from wellhead.settings import get_settings
from wellhead.tracking.addresses import LOCATION, artifacts_folder, replace_paths
from wellhead.tracking.credentials import hand_over_credentials

_log = logging.getLogger("wellhead.tracking")

_STORE_LOCK = 7_316_003
_SETTING = "MLFLOW_TRACKING_URI"


@lru_cache
def mlflow() -> ModuleType:
    """The library, imported at first use (it takes seconds), without logs, bars, telemetry."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "4")  # half a minute; by default four
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"  # it would stay in the notebooks
    import mlflow

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # MLflow retries failed inserts
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # and requests
    mlflow.set_tracking_uri(_tracking_uri())
    return mlflow


@lru_cache
def client() -> Any:
    """An `MlflowClient`. The first call creates MLflow's tables; a lock makes other calls wait."""
    library = mlflow()
    with get_engine().begin() as connection:
        _require_tables(connection)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_STORE_LOCK)))
        connected = library.MlflowClient()
        with tracking_errors():
            connected.search_experiments(max_results=1)
        if get_settings().mlflow_tracking_uri is None:
            replace_paths(connection)
    return connected


@contextmanager
def tracking_errors() -> Iterator[None]:
    """Raise the errors of MLflow as StorageErrors, without their cause: it holds the address."""
    from requests import RequestException

    try:
        yield
    except (mlflow().exceptions.MlflowException, RequestException) as error:
        raise failed(error) from None


def failed(error: BaseException) -> StorageError:
    """An error of MLflow in one line."""
    reason = " ".join(str(getattr(error, "message", error)).split()).rstrip(".")
    return StorageError(
        f"MLflow failed: {reason}. Check {_SETTING} and that its server runs; stored data is kept."
    )


def _require_tables(connection: sa.Connection) -> None:
    """Raise StorageError if MLflow would have to create its tables and the user may not."""
    if get_settings().mlflow_tracking_uri is not None:
        return
    missing = f"SELECT to_regclass('{SCHEMA}.{FIRST}') IS NULL"
    allowed = f"SELECT has_schema_privilege('{SCHEMA}', 'CREATE')"
    if connection.scalar(sa.text(missing)) and not connection.scalar(sa.text(allowed)):
        raise StorageError(
            "MLflow has no tables in this database, and this user may not create them. Ask the "
            "owner to run `wellhead database upgrade`."
        )


@tracking_errors()
def experiment(name: str) -> str:
    """The identifier of an experiment, created if new; its artifacts are under `var/mlflow`.

    One that was deleted in MLflow is restored: its runs and models are needed.
    """
    artifacts_folder().mkdir(parents=True, exist_ok=True)
    existing = client().get_experiment_by_name(name)
    if existing is None:
        return _new_experiment(name)
    if existing.lifecycle_stage == "deleted":
        _log.warning("The experiment %s was deleted in MLflow; it is restored.", name)
        client().restore_experiment(existing.experiment_id)
    return str(existing.experiment_id)


def _new_experiment(name: str) -> str:
    try:
        return str(client().create_experiment(name, artifact_location=LOCATION))
    except mlflow().exceptions.MlflowException:  # another process has created it
        return str(client().get_experiment_by_name(name).experiment_id)


def _tracking_uri() -> str:
    """MLFLOW_TRACKING_URI without credentials, or the schema `mlflow` of Wellhead's own database.

    A database's address keeps its password, as MLflow has no other way to get it.
    """
    configured = get_settings().mlflow_tracking_uri
    if configured:
        return _configured_uri(configured.get_secret_value())
    with get_engine().begin() as connection:
        if connection.scalar(sa.text(f"SELECT to_regnamespace('{SCHEMA}')")) is None:
            connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
    address = database_url().update_query_dict({"options": f"-csearch_path={SCHEMA}"})
    return address.render_as_string(hide_password=False)


def _configured_uri(address: str) -> str:
    if not address.startswith("postgres"):
        return hand_over_credentials(address)
    url = read_address(_SETTING, address)
    engine = open_engine(url, _SETTING)
    with engine.connect():  # MLflow would try for minutes
        engine.dispose()
    return url.render_as_string(hide_password=False)
