"""Operate the database: status, upgrade, roles."""

from wellhead.database.bars import refresh_bars
from wellhead.database.engine import get_engine
from wellhead.database.server import roles, timescale
from wellhead.database.server.status import database_status
from wellhead.tracking.client import client

__all__ = ["adopt_timescale", "database_status", "set_up_roles", "upgrade"]


def upgrade() -> None:
    """Bring our tables, views and MLflow's tables up to date, and adopt TimescaleDB if it is new.

    Raises StorageError if the user may not.
    """
    adopt_timescale()
    client()  # creates MLflow's tables
    with get_engine().begin() as connection:
        if roles.in_place(connection):
            roles.hand_over(connection)
    refresh_bars()


def adopt_timescale() -> None:
    """Turn plain tables into hypertables if the server has got TimescaleDB since."""
    timescale.provide(get_engine())
    with get_engine().begin() as connection:
        if timescale.version(connection) and not timescale.adopted(connection):
            if roles.in_place(connection):
                roles.become_owner(connection)
            timescale.adopt(connection)


def set_up_roles() -> None:
    """Create the three roles with their grants, and give all objects to the owner.

    Raises StorageError if the user may not.
    """
    client()  # creates MLflow's tables, which get the same owner
    with get_engine().begin() as connection:
        roles.make(connection)
    refresh_bars()
