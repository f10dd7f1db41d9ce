"""What the database in use holds, without run ids and times of storing."""

import pandas as pd

from wellhead.database.digests import stored_digest
from wellhead.database.operations import read_table, stored_spans

_OF_A_RUN = {"run_id", "batch_id", "model_version", "recorded_at", "fetched_at", "decided_at"}
_OF_A_RUN |= {"grounds"}  # they name the incumbent, whom a second run finds
_DERIVED = ("forecasts", "scores", "promotions", "track_records")


def contents() -> dict[str, str]:
    """A digest of each stored series and of each table that is derived from the series."""
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
