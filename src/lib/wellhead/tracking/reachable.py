"""Whether the model registry answers, asked without importing MLflow."""

import httpx
import sqlalchemy as sa

from wellhead.database.engine import get_engine
from wellhead.database.server.mlflow_tables import FIRST, SCHEMA
from wellhead.errors import WellheadError
from wellhead.settings import get_settings

_PATIENCE = 2.0  # seconds
_TABLE = sa.text(f"SELECT to_regclass('{SCHEMA}.{FIRST}') IS NOT NULL")


def answers() -> bool:
    """Whether the tracking server of the settings answers, or its tables exist in PostgreSQL."""
    setting = get_settings().mlflow_tracking_uri
    address = setting.get_secret_value() if setting else ""
    try:
        if address.startswith(("http://", "https://")):
            health = httpx.get(f"{address.rstrip('/')}/health", timeout=_PATIENCE)
            return health.is_success
        engine = sa.create_engine(address) if address else get_engine()
        with engine.connect() as connection:
            return bool(connection.scalar(sa.text("SELECT true") if address else _TABLE))
    except (WellheadError, sa.exc.SQLAlchemyError, httpx.HTTPError, ValueError, OSError):
        return False
