"""Verbs of who keeps the database: bring it up to date, set up roles, back up, restore."""

from pathlib import Path

from wellhead.database.bars import refresh_bars
from wellhead.database.engine import get_engine
from wellhead.database.server import backup as files
from wellhead.database.server import roles, timescale
from wellhead.database.server.status import database_status
from wellhead.tracking.client import client

__all__ = ["adopt_timescale", "back_up", "bring_back", "database_status", "set_up_roles", "upgrade"]


def upgrade() -> None:
    """Bring tables, views and MLflow's tables up to date, and use TimescaleDB where it is new.

    Raises StorageError for a user who may not.
    """
    adopt_timescale()
    client()  # makes MLflow's tables
    with get_engine().begin() as connection:
        if roles.in_place(connection):
            roles.hand_over(connection)
    refresh_bars()


def adopt_timescale() -> None:
    """Make hypertables of plain tables where the server has TimescaleDB since they were made."""
    timescale.provide(get_engine())
    with get_engine().begin() as connection:
        if timescale.version(connection) and not timescale.adopted(connection):
            if roles.in_place(connection):
                roles.become_owner(connection)
            timescale.adopt(connection)


def set_up_roles() -> None:
    """Make the three roles, give them what they need, and hand what is there to the owner.

    Raises StorageError for a user who may not.
    """
    client()  # MLflow's tables are handed over with ours
    with get_engine().begin() as connection:
        roles.make(connection)
    refresh_bars()


def back_up(file: Path) -> None:
    """Write the whole database to a file. Raises StorageError."""
    files.backup(file)


def bring_back(file: Path, *, replace: bool = False) -> None:
    """Fill the database from such a file. Raises InputError, BusyError or StorageError."""
    files.restore(file, replace=replace)
    refresh_bars()
