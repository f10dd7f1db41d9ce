"""Every fault of every live source, through the command into a real database.

Each ends in its own error, and the store is as it was; or in recovery, and the store is the truth.
`benchmarks/fault_suite.py` runs this file and prints the table.
"""

from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa

from tests.ingestion.replay import SHOWN, Upstream
from tests.ingestion.scenarios import Scenario, scenarios
from tests.ingestion.spoils import spoilt
from tests.ingestion.upstreams import LATER, STORED, UPSTREAMS, WIDEST, Upstreamed
from tests.loads import ingest
from wellhead.database.digests import stored_digest
from wellhead.database.engine import get_engine
from wellhead.database.operations import get_price_data, read_table
from wellhead.errors import WellheadError
from wellhead.ingestion import fred, http, yahoo_chart
from wellhead.settings import get_settings

_SEEDED: dict[str, str] = {}  # upstream -> address of the database that holds its first load

pytestmark = pytest.mark.slow


@pytest.fixture
def seeded(
    request: pytest.FixtureRequest,
    yahoo_upstream: Upstream,
    new_store: Callable[[], str],
    use_store: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Upstreamed:
    """A source whose first days are stored, in a database of its own; pages are short."""
    name = request.node.callspec.params["scenario"].source
    played = UPSTREAMS[name]
    del yahoo_upstream.extra["/fred/series"]  # a fault can strike there as well
    if played.key_variable:
        monkeypatch.delenv(played.key_variable)
        get_settings.cache_clear()
    monkeypatch.setattr(fred, "PAGE_LENGTH", WIDEST)
    if name in _SEEDED:
        use_store(_SEEDED[name])
        forget_later_loads()
    else:
        _SEEDED[name] = new_store()
        use_store(_SEEDED[name])
        yahoo_upstream.serve(played.good(STORED))
        ingest(played.key, played.source)
    assert stored(played) == played.truth(STORED)
    monkeypatch.setattr(http, "TIMEOUT", httpx.Timeout(0.5))
    monkeypatch.setattr(yahoo_chart, "TIMEOUT", 0.5)
    return played


def forget_later_loads() -> None:
    """Bring the store back to its first load; making a database for each scenario takes longer."""
    first = read_table("batches").sort_values("fetched_at")["batch_id"].iloc[0]
    with get_engine().begin() as connection:
        for table in ("observations", "quarantine", "batches"):
            statement = sa.text(f"DELETE FROM {table} WHERE batch_id <> :first")  # noqa: S608
            connection.execute(statement, {"first": first})


def stored(played: Upstreamed) -> list[tuple[str, float]]:
    prices = get_price_data(
        played.key, "2000-01-01", source=played.source, frequency=played.frequency
    )
    days = prices["observed_at"].dt.strftime("%Y-%m-%d")
    return list(zip(days, prices["value"], strict=True))


@pytest.mark.parametrize("scenario", scenarios(), ids=str)
def test_a_fault_ends_in_its_error_or_in_recovery_and_no_row_is_wrong(
    scenario: Scenario,
    seeded: Upstreamed,
    yahoo_upstream: Upstream,
    record_property: Callable[[str, object], None],
) -> None:
    upstream, before = yahoo_upstream, stored_digest(seeded.key, seeded.source)
    upstream.serve(spoilt(seeded.good(LATER), scenario.spoil, *scenario.answers))
    upstream.asked.clear()
    outcome: type[WellheadError] | None = None
    try:
        ingest(seeded.key, seeded.source)
    except WellheadError as error:
        outcome = type(error)
        assert "\n" not in str(error)
        assert SHOWN not in str(error)
        assert stored_digest(seeded.key, seeded.source) == before
        assert read_table("batches")["accepted"].sum() == 1
    record_property("scenario", str(scenario))
    record_property("outcome", outcome.__name__ if outcome else "recovered")
    record_property("requests", len(upstream.asked))
    assert outcome is scenario.error

    upstream.serve(seeded.good(LATER))
    if outcome:  # and once the upstream is well again, nothing is left of the fault
        ingest(seeded.key, seeded.source)
    wrong = set(stored(seeded)) ^ set(seeded.truth(LATER))
    record_property("wrong", len(wrong))
    assert not wrong
