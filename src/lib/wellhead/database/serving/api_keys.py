"""Table `api_keys`: read it, and change what may change of a key."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from wellhead.database.engine import get_engine
from wellhead.database.schema import SCHEMA
from wellhead.database.writing import CHANGES, write_rows

_KEYS = SCHEMA["api_keys"]


def read_keys() -> Sequence[sa.Row[Any]]:
    """All keys by application and age, from the primary: a replica may be late."""
    query = sa.select(_KEYS).order_by(_KEYS.c.application, _KEYS.c.created_at, _KEYS.c.key_id)
    with get_engine().connect() as connection:
        return connection.execute(query).all()


def add_key(row: Mapping[str, Any]) -> None:
    """Store a new key."""
    write_rows("api_keys", pd.DataFrame([row]))


def change_key(key_id: str, **values: Any) -> bool:
    """Change columns of a key, and announce it. Returns whether there is such a key."""
    change = sa.update(_KEYS).where(_KEYS.c.key_id == key_id).values(values)
    with get_engine().begin() as connection:
        changed = connection.execute(change).rowcount == 1
        connection.execute(sa.select(sa.func.pg_notify(CHANGES, "api_keys")))
    return changed


def note_uses(uses: Mapping[str, datetime]) -> None:
    """Store when keys were last used: key_id -> moment. A later moment stays."""
    newest = sa.func.greatest(_KEYS.c.last_used_at, sa.bindparam("used_at"))
    change = (
        sa.update(_KEYS).where(_KEYS.c.key_id == sa.bindparam("of")).values(last_used_at=newest)
    )
    rows = [{"of": key_id, "used_at": moment} for key_id, moment in uses.items()]
    if rows:
        with get_engine().begin() as connection:
            connection.execute(change, rows)
