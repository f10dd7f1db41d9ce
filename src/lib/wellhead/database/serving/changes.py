"""Hear of changes in the database when they are committed."""

import threading
from collections.abc import Iterator

import psycopg

from wellhead.database.engine import database_url, failed, get_engine
from wellhead.database.writing import CHANGES

EVERYTHING = ""
"""In place of a table's name: changes may have been missed."""

_LOOK_UP = 0.5  # seconds between two looks at whether to stop


def changes(stopped: threading.Event) -> Iterator[str]:
    """The name of each table in which rows were stored, as their transactions commit.

    The first is EVERYTHING, as soon as it listens. Ends when `stopped` is set. Raises StorageError
    when the database is away; call it again then.
    """
    get_engine()  # the schema, and a server that died, are seen to there
    address = database_url().set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(address, autocommit=True, connect_timeout=10) as connection:
            connection.execute(f"LISTEN {CHANGES}")
            yield EVERYTHING
            while not stopped.is_set():
                for notice in connection.notifies(timeout=_LOOK_UP):
                    yield notice.payload
    except psycopg.Error as error:
        raise failed(error) from None
