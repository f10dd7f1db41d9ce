"""Databases with data, of an earlier schema or on a server that gets TimescaleDB later."""

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from alembic import command

from tests.database.test_bars import WEEK, load, walk
from tests.databases import (
    BOTH,
    IN_NODE,
    a_timescale_server,
    an_empty_database,
    at_revision,
    text_of,
)
from wellhead.database.bars import get_bars, refresh_bars
from wellhead.database.digests import stored_digest
from wellhead.database.engine import database_url, get_engine, open_engine
from wellhead.database.operations import get_price_data, read_table
from wellhead.database.server import timescale
from wellhead.database.server.schema_upgrade import newest_revision, revision, upgrade_schema
from wellhead.database.writing import write_rows
from wellhead.errors import StorageError
from wellhead.workflows.operations import database as upkeep

_ROWS = """
    INSERT INTO observations
    SELECT 'WTI', 'test', 'daily', day, day + interval '23 hours', 20 - extract(doy FROM day),
           'USD/bbl', NULL, NULL, NULL, NULL, 'b', day + interval '23 hours'
      FROM generate_series('1986-01-02'::timestamptz, '2025-06-30', '1 day') AS day
"""
_FORECASTS = """
    INSERT INTO forecasts
    SELECT 'WTI', 'daily', 'no-change', '1', 'test', made, made + n * interval '1 day', statistic,
           n, -n / (ascii(right(statistic, 1)) + 7.0), 'USD/bbl', made, 'r', 'c', made
      FROM generate_series('2024-01-01'::timestamptz, '2025-06-30', '7 days') AS made,
           generate_series(1, 5) AS n,
           unnest(ARRAY['mean', 'q0.025', 'q0.1', 'q0.25', 'q0.5', 'q0.75', 'q0.9', 'q0.975'])
               AS statistic
"""


@pytest.fixture
def old(request: pytest.FixtureRequest, point_at: Callable[..., None]) -> Iterator[sa.Engine]:
    """A database of the first release, with 40 years of prices and a ledger."""
    with an_empty_database(request.param, request) as url:
        point_at(DATABASE_URL=text_of(url), **IN_NODE)
        engine = open_engine(database_url())
        with engine.begin() as connection:
            at_revision(connection, "0001", command.upgrade)
            connection.execute(sa.text(_ROWS))
            connection.execute(sa.text(_FORECASTS))
        yield engine
        engine.dispose()


def _all(engine: sa.Engine, table: str) -> tuple[int, str]:
    """Rows and digest of a table, computed the same way before and after."""
    query = f"SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} AS t"  # noqa: S608
    with engine.connect() as connection:
        row = connection.execute(sa.text(query)).one()
    return row[0], row[1]


@pytest.mark.parametrize("old", ["plain", "timescale"], indirect=True)
def test_an_existing_database_keeps_every_row_and_gets_the_views(old: sa.Engine) -> None:
    before = _all(old, "observations"), _all(old, "forecasts")
    assert before[0][0] > 14_000
    old.dispose()
    engine = get_engine()
    assert (_all(engine, "observations"), _all(engine, "forecasts")) == before
    with engine.connect() as connection:
        assert revision(connection) == newest_revision()
    at_once = get_bars("WTI", "1986-01-01", period="monthly")  # before any refresh
    refresh_bars()
    bars = get_bars("WTI", "1986-01-01", period="monthly")
    pd.testing.assert_frame_equal(bars, at_once, rtol=1e-12)
    assert bars["days"].sum() == before[0][0]
    days, values = walk("1999-12-01", 40)
    assert load(days, values) == (0, 40)
    prices = get_price_data("WTI", days[0], days[-1]).set_index("observed_at")["value"]
    assert prices[days].tolist() == values


def _chunks(engine: sa.Engine, table: str) -> int:
    with engine.connect() as connection:
        query = "SELECT count(*) FROM show_chunks(:table)"
        return int(connection.scalar(sa.text(query), {"table": table}) or 0)


@pytest.mark.parametrize("old", ["timescale"], indirect=True)
def test_rows_move_into_chunks_of_years_and_a_policy_compresses_them(old: sa.Engine) -> None:
    old.dispose()
    engine = get_engine()
    assert _chunks(engine, "observations") == 9  # 40 years, five a chunk
    assert _chunks(engine, "ledger") in (7, 8)  # a year and a half
    forecasts = _all(engine, "forecasts")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        jobs = "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name LIKE 'policy_comp%'"
        for job in connection.scalars(sa.text(jobs)).all():
            connection.execute(sa.text(f"CALL run_job({job})"))
        packed = timescale.chunks(connection)
    assert "observations in 9 chunks, 8 compressed" in packed
    assert re.search(r"ledger in [78] chunks, [1-8] compressed", packed)
    assert _all(engine, "forecasts") == forecasts
    assert write_rows("ledger", read_table("ledger").drop(columns="recorded_at")) == 0
    assert get_price_data("WTI", "1986-01-01")["value"].iloc[0] == 18.0


_FORBID = """
    CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE insufficient_privilege USING MESSAGE = 'permission denied to create extension';
    END $$;
"""
_FORBIDDEN = """
    CREATE EVENT TRIGGER forbidden ON ddl_command_start WHEN TAG IN ('CREATE EXTENSION')
    EXECUTE FUNCTION forbid()
"""


def test_an_extension_that_may_not_be_created_is_one_warning(
    point_at: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    days, values = walk("1986-01-02", 3_000)
    with a_timescale_server() as url:
        point_at(DATABASE_URL=text_of(url), **IN_NODE)
        engine = open_engine(database_url())
        with engine.begin() as connection:
            connection.execute(sa.text(_FORBID))
            connection.execute(sa.text(_FORBIDDEN))
        with caplog.at_level(logging.WARNING, "wellhead"):
            upgrade_schema(engine)
        (record,) = caplog.records
        line = record.getMessage()
        assert "it cannot be used (permission denied" in line
        assert "Wellhead uses plain tables" in line
        assert "\n" not in line
        engine.dispose()
        load(days, values)
        digest, bars = stored_digest("WTI", "test"), get_bars("WTI", "1986-01-01")
        with get_engine().connect() as connection:
            assert timescale.version(connection) is None
        with get_engine().begin() as connection:
            connection.execute(sa.text("DROP EVENT TRIGGER forbidden"))
        upkeep.adopt_timescale()
        with get_engine().connect() as connection:
            assert "observations in 3 chunks" in timescale.chunks(connection)
        refresh_bars()
        assert stored_digest("WTI", "test") == digest
        pd.testing.assert_frame_equal(get_bars("WTI", "1986-01-01"), bars, rtol=1e-12)
        get_engine().dispose()


@pytest.mark.parametrize("database", ["timescale"], indirect=True)
def test_the_servers_own_job_refreshes_all_three(database: sa.Engine) -> None:
    load(WEEK, [-36.98, 8.91, 13.64, 15.06, 15.99])
    refresh_bars()
    load(WEEK[:1], [-37.63])
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        jobs = "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = 'refresh_bars'"
        connection.execute(sa.text(f"CALL run_job({connection.scalar(sa.text(jobs))})"))
    for period in ("weekly", "monthly"):
        assert get_bars("WTI", WEEK[0], period=period)["low"].tolist() == [-37.63]


_DECISIONS = """
    INSERT INTO promotions VALUES
        ('WTI', 'daily', '2024-01-01', 'arima', '2', 'It has fewer errors.', now()),
        ('WTI', 'daily', '2024-02-01', 'no-change', '1', 'ALARM: arima is no longer.', now()),
        ('WTI', 'daily', '2024-03-01', 'arima', '2', 'Back. Before: ALARM: arima.', now())
"""


def test_an_older_decision_has_an_alarm_if_its_reason_begins_with_one(
    database: sa.Engine,
) -> None:
    with database.begin() as connection:
        at_revision(connection, "0006", command.downgrade)
        connection.execute(sa.text(_DECISIONS))
        at_revision(connection, "head", command.upgrade)
    assert read_table("promotions")["alarm"].tolist() == [False, True, False]


@BOTH
def test_both_kinds_of_server_have_the_described_views(database: sa.Engine) -> None:
    from wellhead.database.schema import VIEWS

    for name, described in VIEWS.items():
        found = {c["name"]: c["type"] for c in sa.inspect(database).get_columns(name)}
        assert set(found) == set(described.columns.keys()), name
        for column in described.columns:
            assert isinstance(found[column.name], type(column.type)), (name, column.name)


_BACKTESTS = """
    INSERT INTO backtests
    SELECT commodity, 'daily', 'arima', version::text, made, 1, made, made, -36.98, 1,
           value, value, value, value, value, value, value, value,
           CASE version WHEN 1 THEN value END, CASE version WHEN 1 THEN made END, 'r', made
      FROM unnest(ARRAY['WTI', 'BRENT']) AS commodity, generate_series(1, 3) AS version,
           generate_series('2024-01-01'::timestamptz, '2024-03-01', '1 day') AS made,
           LATERAL (SELECT 0.1 + version / 3.0) AS of_row (value)
"""


@pytest.fixture
def with_backtests(
    request: pytest.FixtureRequest, point_at: Callable[..., None], tmp_path: Path
) -> Iterator[sa.Engine]:
    """A database of before 0008, with backtests as rows."""
    with an_empty_database("plain", request) as url:
        point_at(DATABASE_URL=text_of(url), WELLHEAD_VAR_DIR=str(tmp_path))
        engine = open_engine(database_url())
        with engine.begin() as connection:
            at_revision(connection, "0007", command.upgrade)
            connection.execute(sa.text(_BACKTESTS))
        yield engine
        engine.dispose()


def test_rows_of_backtests_become_files_before_their_table_goes(
    with_backtests: sa.Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    query = "SELECT * FROM backtests WHERE commodity = 'WTI' ORDER BY model_version, made_at"
    before = pd.read_sql(query, with_backtests)
    assert len(before) == 183
    assert not sa.inspect(get_engine()).has_table("backtests")
    files = {file.name.partition("-")[0]: file for file in (tmp_path / "backtests").iterdir()}
    assert set(files) == {"WTI", "BRENT"}
    pd.testing.assert_frame_equal(
        pd.read_parquet(files["WTI"])[list(before)], before, check_dtype=False, check_exact=True
    )
    assert f"183 rows of the former table backtests are now in {files['WTI']}." in caplog.messages


def test_backtests_that_cannot_be_exported_stay_in_the_database(
    with_backtests: sa.Engine, tmp_path: Path
) -> None:
    (tmp_path / "backtests").write_text("a file where the folder would be")
    with pytest.raises(StorageError, match=r"cannot be exported to .*backtests: File exists"):
        get_engine()
    assert _all(with_backtests, "backtests")[0] == 366


_SCORES = """
    INSERT INTO scores
    SELECT 'WTI', 'daily', 'arima', version::text, horizon, metric,
           CASE metric WHEN 'dm' THEN NULL WHEN 'inf' THEN 'Infinity' ELSE version / 3.0 END,
           CASE metric WHEN 'mase_ex2020' THEN 90 ELSE 100 END, '2012-01-01', '2018-01-01', 'r',
           '2026-01-01'
      FROM generate_series(1, 3) AS version, unnest(ARRAY[-1, 1, 63]) AS horizon,
           unnest(ARRAY['mspe', 'dm', 'inf', 'mase_ex2020']) AS metric
"""


def test_scores_of_before_are_in_the_view_digit_by_digit(with_backtests: sa.Engine) -> None:
    with with_backtests.begin() as connection:
        connection.execute(sa.text(_SCORES))
    query = "SELECT * FROM scores ORDER BY model_version, horizon, metric"
    before = pd.read_sql(query, with_backtests)
    assert len(before) == 36
    pd.testing.assert_frame_equal(pd.read_sql(query, get_engine()), before, check_exact=True)
    assert "scores" in sa.inspect(get_engine()).get_view_names()
    with get_engine().begin() as connection:
        at_revision(connection, "0008", command.downgrade)
        pd.testing.assert_frame_equal(pd.read_sql(query, connection), before, check_exact=True)


_COMPRESSED = (
    "SELECT create_hypertable('forecasts', by_range('made_at', INTERVAL '3 months'), "
    "create_default_indexes => false, migrate_data => true)",
    "ALTER TABLE forecasts SET (timescaledb.compress, timescaledb.compress_segmentby = "
    "'commodity, target_kind, model, source', timescaledb.compress_orderby = "
    "'model_version, made_at, target_at, statistic')",
    "SELECT add_compression_policy('forecasts', compress_after => INTERVAL '1 year')",
    "SELECT compress_chunk(chunk) FROM show_chunks('forecasts', older_than => "
    "'2025-01-01'::timestamptz) AS chunk",
)


def _bring_to_0009(engine: sa.Engine) -> None:
    """As the version of then left it: with TimescaleDB the ledger is in chunks, old ones packed."""
    timescale.provide(engine)
    with engine.begin() as connection:
        at_revision(connection, "0009", command.upgrade)
        for statement in _COMPRESSED if timescale.version(connection) else ():
            connection.execute(sa.text(statement))


@pytest.mark.parametrize("old", ["plain", "timescale"], indirect=True)
def test_forecasts_of_before_are_in_the_view_digit_by_digit(old: sa.Engine) -> None:
    _bring_to_0009(old)
    before = _all(old, "forecasts")
    assert before[0] == 79 * 5 * 8
    old.dispose()
    engine = get_engine()
    assert _all(engine, "forecasts") == before
    assert _all(engine, "ledger")[0] == 79 * 5
    assert "forecasts" in sa.inspect(engine).get_view_names()
    with engine.begin() as connection:
        assert timescale.adopted(connection) == (timescale.version(connection) is not None)
        at_revision(connection, "0009", command.downgrade)
    assert _all(engine, "forecasts") == before


def test_a_forecast_recorded_in_two_parts_was_recorded_with_the_first(
    with_backtests: sa.Engine,
) -> None:
    with with_backtests.begin() as connection:
        connection.execute(sa.text(_FORECASTS))
        later = "UPDATE forecasts SET recorded_at = recorded_at + interval '1 second' WHERE "
        connection.execute(sa.text(f"{later} statistic > 'q0.5'"))
    assert (read_table("ledger")["recorded_at"] == read_table("ledger")["made_at"]).all()


@pytest.mark.parametrize(
    "fault",
    [
        "DELETE FROM forecasts",
        "UPDATE forecasts SET statistic = 'q0.2'",
        "UPDATE forecasts SET unit = 'EUR'",
    ],
)
def test_forecasts_that_do_not_fit_the_ledger_stop_the_upgrade(
    fault: str, with_backtests: sa.Engine
) -> None:
    with with_backtests.begin() as connection:
        at_revision(connection, "0009", command.upgrade)
        connection.execute(sa.text(_FORECASTS))
        of_one_day = "WHERE statistic = 'q0.1' AND made_at < '2024-01-02'"
        connection.execute(sa.text(f"{fault} {of_one_day}"))
    before = _all(with_backtests, "forecasts")
    with pytest.raises(StorageError, match=r"rows of table forecasts would be lost. Nothing was"):
        get_engine()
    assert _all(with_backtests, "forecasts") == before
    assert not sa.inspect(with_backtests).has_table("ledger")
