"""A batch is sent in slices, all or nothing, by COPY or without it."""

import tracemalloc
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from tests.database.batches import DAYS, NOTHING, VALUES, batch, observations, series
from wellhead.calendars import now
from wellhead.catalogue.series import SeriesKey
from wellhead.database import staging
from wellhead.database.digests import stored_digest
from wellhead.database.engine import dispose, get_engine
from wellhead.database.operations import get_vintages, read_table
from wellhead.database.writing import write_batch, write_rows
from wellhead.errors import SettingsError, StorageError
from wellhead.settings import get_settings
from wellhead.tables import STATISTICS

pytestmark = pytest.mark.usefixtures("database")

WTI = SeriesKey("WTI", "test")


def set_bulk(monkeypatch: pytest.MonkeyPatch, transport: str) -> None:
    monkeypatch.setenv("DATABASE_BULK", transport)
    get_settings.cache_clear()


@pytest.fixture(params=["copy", "rows"])
def transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    set_bulk(monkeypatch, request.param)
    return str(request.param)


def test_every_cell_comes_back_as_it_was_written(transport: str) -> None:
    bars = observations([0.1 + 0.2, -36.98, -0.0, 1e-300, 5e15, 13.64]).assign(
        unit=["USD/bbl", "USD/bbl", "¢/gal", "USD/bbl", "¢/gal", "USD/bbl"],
        open=[17.73, None, float("nan"), -1.5, 0.0, 2.0],
        high=[None] * 6,
        volume=[1, 2, 3, 4, 5, 2**53],
    )
    bars["available_at"] += pd.Timedelta(microseconds=1)
    assert write_batch(batch(), bars, NOTHING) == (6, 0)
    stored = get_vintages(WTI).drop(columns=["batch_id", "recorded_at", "high", "low"])
    expected = bars.assign(open=bars["open"].astype(float), volume=bars["volume"].astype(float))
    pd.testing.assert_frame_equal(
        stored, expected[list(stored.columns)], check_exact=True, check_dtype=False
    )
    assert write_batch(batch(), bars, NOTHING) == (0, 0)


def test_clocks_of_any_zone_and_precision_are_one_moment(transport: str) -> None:
    write_batch(batch(), observations(VALUES), NOTHING)
    for days in (DAYS.as_unit("s"), DAYS.as_unit("ns"), DAYS.tz_convert("America/New_York")):
        assert write_batch(batch(), observations(VALUES, days), NOTHING) == (0, 0)
    texts = observations(VALUES).astype({"observed_at": object, "available_at": object})
    assert write_batch(batch(), texts, NOTHING) == (0, 0)


def test_slices_of_a_batch_are_one_batch(transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = series(1_234)
    write_batch(batch(source="whole"), rows.assign(source="whole"), NOTHING)
    monkeypatch.setattr(staging, "_SLICE", 100)
    assert write_batch(batch(), rows, NOTHING) == (1_234, 0)
    assert stored_digest("WTI", "test") == stored_digest("WTI", "whole")
    shuffled = rows.sample(frac=1, random_state=1).assign(value=rows["value"] + 1)
    assert write_batch(batch(), shuffled, NOTHING) == (0, 1_234)


def test_the_batch_identifier_of_a_row_is_that_of_its_batch() -> None:
    written = batch()
    write_batch(written, observations(VALUES).assign(batch_id="another"), NOTHING)
    assert set(read_table("observations")["batch_id"]) == {written["batch_id"]}


@pytest.mark.parametrize("column", ["commodity", "source", "frequency"])
def test_a_row_of_another_series_is_refused_with_its_batch(column: str, transport: str) -> None:
    rows = observations(VALUES).assign(**{column: [*["x"] * 5, "stray"]})
    with pytest.raises(ValueError, match="holds a row of 'stray'"):
        write_batch({**batch(), column: "x"}, rows, NOTHING)
    assert read_table("observations").empty
    assert read_table("batches").empty


@pytest.mark.parametrize("clock", ["observed_at", "available_at"])
def test_a_row_without_a_clock_is_refused_with_its_batch(clock: str, transport: str) -> None:
    rows = observations(VALUES)
    rows.loc[3, clock] = pd.NaT
    with pytest.raises(ValueError, match=f"has no {clock}"):
        write_batch(batch(), rows, NOTHING)
    assert read_table("batches").empty


@pytest.mark.parametrize("poison", [float("inf"), None, float("nan")])
def test_a_value_that_is_no_number_is_refused_with_its_batch(poison: float, transport: str) -> None:
    write_batch(batch(), observations(VALUES), NOTHING)
    digest = stored_digest("WTI", "test")
    with pytest.raises(sa.exc.IntegrityError):
        write_batch(batch(), observations([*VALUES[:5], poison]), NOTHING)
    assert stored_digest("WTI", "test") == digest
    assert len(read_table("batches")) == 1


def test_without_copy_no_message_is_longer_than_64_kib(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The driver's own trace of what it sends: a line a message, with its length."""
    set_bulk(monkeypatch, "rows")
    dispose()
    with (tmp_path / "trace").open("w") as trace:

        def listen(connection, *_: object) -> None:
            connection.pgconn.trace(trace.fileno())

        sa.event.listen(get_engine(), "connect", listen)
        get_engine().dispose()  # from here on every connection is a new one
        quarantine = pd.DataFrame(
            {
                "batch_id": "b",
                "row_number": range(900),
                "rule": "r",
                "commodity": "WTI",
                "source": "test",
                "row": [{"value": 'é"\\' * 100}] * 900,
            }
        )
        write_batch(batch(), series(2_000), quarantine)
        write_rows("ledger", _forecasts(2_000))
        dispose()
    sent = [line.split("\t") for line in (tmp_path / "trace").read_text().splitlines()]
    lengths = [int(words[2]) for words in sent if len(words) > 3 and words[1] == "F"]
    assert sum(words[3] == "Bind" for words in sent if len(words) > 3) > 20
    assert max(lengths) < 64 * 1024
    assert not any("Copy" in words[3] for words in sent if len(words) > 3)
    assert len(read_table("observations")) == 2_000
    assert len(read_table("quarantine")) == 900


def _forecasts(rows: int) -> pd.DataFrame:
    days = pd.date_range("2020-01-01", periods=rows, tz="UTC")
    return pd.DataFrame(
        {
            "commodity": "WTI",
            "target_kind": "daily",
            "model": "arima",
            "model_version": "1",
            "source": "test",
            "made_at": now(),
            "target_at": days,
            "horizon": 1,
            **{name: [1 / (i + 3) for i in range(rows)] for name in STATISTICS},
            "unit": "USD/bbl",
            "last_observed_at": days[0],
            "run_id": "f" * 32,
            "code_version": "0" * 16,
        }
    )


def test_the_memory_a_write_needs_does_not_grow_with_its_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(staging, "_SLICE", 2_000)
    peaks = []
    for rows in (4_000, 4_000, 40_000):  # the first fills the caches
        frame = series(rows, f"s{rows}")
        tracemalloc.start()
        write_batch(batch(source=f"s{rows}"), frame, NOTHING)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peaks[2] - peaks[1]) / 36_000 < 5  # bytes a row; about a hundred are sent


def test_a_server_that_stops_during_copy_is_a_one_line_error_and_nothing_is_stored(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = staging._packed

    def cut(part: pd.DataFrame) -> bytes:
        with database.connect() as other:
            other.execute(  # ends the other connection
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
            )
        return packed(part)

    monkeypatch.setattr(staging, "_packed", cut)
    with pytest.raises(StorageError, match="the database failed: the connection is lost") as caught:
        write_batch(batch(), observations(VALUES), NOTHING)
    assert "\n" not in str(caught.value)
    monkeypatch.undo()
    assert read_table("observations").empty
    assert write_batch(batch(), observations(VALUES), NOTHING) == (6, 0)


def test_without_copy_the_error_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "_COPY", "COPY no_such_table FROM STDIN")
    with pytest.raises(StorageError, match=r"takes no COPY, set DATABASE_BULK=rows"):
        write_batch(batch(), observations(VALUES), NOTHING)
    assert read_table("batches").empty


def test_an_unknown_transport_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    set_bulk(monkeypatch, "pigeon")
    with pytest.raises(SettingsError, match=r"DATABASE_BULK.*'copy' or 'rows'"):
        get_settings()
