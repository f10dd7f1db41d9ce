"""Prints what a database holds, less what differs from run to run: ids and moments of storing.

A script, so that a test can ask it of a database that is not its own.
"""

import json
import sys

import pandas as pd

from wellhead.database.digests import stored_digest
from wellhead.database.operations import read_table, stored_spans

_OF_A_RUN = {"run_id", "batch_id", "model_version", "recorded_at", "fetched_at", "decided_at"}
_DERIVED = ("forecasts", "backtests", "scores", "promotions", "track_records")


def contents() -> dict[str, str]:
    """A digest of each stored series and of each table that is derived from them."""
    series = stored_spans()[["commodity", "source"]].drop_duplicates()
    digests = {
        f"{key} from {source}": stored_digest(key, source)
        for key, source in series.itertuples(index=False)
    }
    return digests | {name: _digest(read_table(name)) for name in _DERIVED}


def _digest(rows: pd.DataFrame) -> str:
    lasting = rows[[name for name in rows if name not in _OF_A_RUN]].drop_duplicates()
    written = lasting.to_csv(index=False, float_format="%.9g").splitlines()
    return str(pd.util.hash_array(pd.Series(sorted(written)).to_numpy(dtype=object)).sum())


if __name__ == "__main__":
    json.dump(contents(), sys.stdout)
