"""Each read of the ledger fetches only the rows that it needs."""

import pandas as pd
import pytest
import sqlalchemy as sa

from wellhead.catalogue.targets import Target
from wellhead.database import ledger
from wellhead.database.writing import write_rows
from wellhead.tables import STATISTICS

pytestmark = pytest.mark.usefixtures("database")

MONDAY = pd.Timestamp("2024-01-01 23:00", tz="UTC")
DAY = pd.Timedelta(days=1)
HORIZONS = 3  # rows of one forecast
SERIES = ("WTI", Target.DAILY, "csv")


def store(day: int, model: str = "arima", version: str = "1", value: float = 0.0) -> None:
    """Store the forecast that a model version makes on a day."""
    made_at = MONDAY + day * DAY
    rows = [
        {"horizon": h, "target_at": (made_at + h * DAY).normalize()} for h in range(1, HORIZONS + 1)
    ]
    provenance = {"unit": "USD/bbl", "run_id": "r", "code_version": "1"}
    write_rows(
        "ledger",
        pd.DataFrame(rows).assign(
            commodity="WTI",
            target_kind="daily",
            source="csv",
            model=model,
            model_version=version,
            made_at=made_at,
            last_observed_at=made_at.normalize(),
            **dict.fromkeys(STATISTICS, value),
            **provenance,
        ),
    )


@pytest.fixture
def fetched(database: sa.Engine) -> list[int]:
    """How many rows each SELECT of the test has fetched."""
    counts: list[int] = []

    def count(_connection, cursor, statement: str, *_: object) -> None:
        if "FROM ledger" in statement and statement.startswith("SELECT"):
            counts.append(cursor.rowcount)

    sa.event.listen(database, "after_cursor_execute", count)
    return counts


def newest(version: str) -> pd.DataFrame:
    return pd.DataFrame(ledger.newest_forecast("WTI", Target.DAILY, "arima", version))


def test_the_newest_forecast_is_read_without_the_older_ones(fetched: list[int]) -> None:
    for day in range(5):
        store(day, value=float(day))
    store(9, version="2")
    store(9, model="lstm")
    forecast = newest("1")
    assert set(forecast["made_at"]) == {MONDAY + 4 * DAY}
    assert forecast["q0.9"].tolist() == [4.0] * HORIZONS
    assert forecast["target_at"].is_monotonic_increasing
    assert fetched == [HORIZONS]


def test_a_version_that_has_never_forecast_has_no_newest_forecast() -> None:
    store(0)
    assert newest("2").empty


def test_for_each_model_that_forecast_at_a_moment_the_version_recorded_last_is_found(
    fetched: list[int],
) -> None:
    store(0, version="10")
    store(0, version="9")  # recorded later
    store(0, model="lstm", version="3")
    store(1, model="drift", version="4")
    assert ledger.versions_that_forecast(*SERIES, MONDAY) == {"arima": "9", "lstm": "3"}
    assert fetched == [2]


def test_the_last_forecast_before_a_moment_is_one_row(fetched: list[int]) -> None:
    for day, version in ((0, "1"), (1, "3"), (1, "2"), (2, "4")):
        store(day, version=version)
    store(1, model="lstm", version="9")
    found = ledger.last_forecast_before(*SERIES, "arima", MONDAY + 2 * DAY)
    assert found == ("2", MONDAY + DAY)  # of version 3 and 2, the one recorded last
    assert ledger.last_forecast_before(*SERIES, "arima", MONDAY) is None
    assert fetched == [1, 0]


def test_the_forecast_recorded_first_counts() -> None:
    store(0, value=1.0)
    store(0, version="2", value=2.0)
    store(0, model="lstm", value=3.0)
    rows = ledger.read_ledger(*SERIES, [1, 3])
    assert len(rows) == 2 * 2
    assert rows.groupby("model")["mean"].unique().map(list).to_dict() == {
        "arima": [1.0],
        "lstm": [3.0],
    }
    assert set(rows["horizon"]) == {1, 3}
