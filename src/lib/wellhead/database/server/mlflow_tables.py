"""The parts of MLflow's database schema that its documentation does not promise.

They hold for the version below; tests/database/test_undocumented.py fails when one has changed.
"""

VERSION = "3.17"
SCHEMA = "mlflow"
"""Wellhead's name for the PostgreSQL schema that holds MLflow's tables."""
FIRST = "experiments"
"""A table that exists as soon as MLflow has created its tables."""
REVISION = "alembic_version"
"""MLflow's own migration. Only the owner may change it."""
DATA = ("runs", "model_versions")
"""The tables that have rows only if somebody has tracked something."""
ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""The columns that hold addresses of artifacts."""
