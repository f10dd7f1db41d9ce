"""The views on prices, as SQL: continuous aggregates on TimescaleDB, plain views elsewhere.

Both have the columns that `wellhead.tables` describes. Days, weeks (from Monday) and months
are those of UTC.
"""

import sqlalchemy as sa

REFRESH_LOCK = 7_316_004
# The server's job refreshes what a program did not: it was killed, or may not refresh.
_REFRESH_EVERY = "10 minutes"
_SERIES = "commodity, source, frequency"
_JOB = (
    "FROM timescaledb_information.jobs "
    "WHERE proc_schema = current_schema() AND proc_name = 'refresh_bars'"
)
_CONTINUOUS = (
    "SELECT view_name FROM timescaledb_information.continuous_aggregates "
    "WHERE view_schema = current_schema()"
)
PERIODS = {"day": "prices_daily", "week": "prices_weekly", "month": "prices_monthly"}


def _daily(day: str, latest: str) -> str:
    """The latest vintage of each day."""
    return f"""
        SELECT {_SERIES}, {day} AS observed_at, {latest.format("value")} AS value,
               {latest.format("unit")} AS unit, max(available_at) AS available_at,
               count(*) AS vintages
          FROM observations
         GROUP BY {_SERIES}, {day}
    """  # noqa: S608 - all of it is our own text


def _bars(period: str, first: str, last: str) -> str:
    """Averages and bars of the daily values; a period with two units has one bar for each."""
    return f"""
        SELECT {_SERIES}, unit, {period} AS observed_at, avg(value) AS average, {first} AS open,
               max(value) AS high, min(value) AS low, {last} AS close, count(*) AS days,
               max(available_at) AS available_at
          FROM prices_daily
         GROUP BY {_SERIES}, unit, {period}
    """  # noqa: S608 - all of it is our own text


def drop(connection: sa.Connection) -> None:
    """Drop the views, plain or continuous; their content can be computed again."""
    for statement in dropping(connection):
        connection.execute(sa.text(statement))


def dropping(connection: sa.Connection) -> list[str]:
    """The statements that drop the views and the job that refreshes them."""
    statements, continuous = [], set()
    if connection.scalar(sa.text("SELECT to_regnamespace('timescaledb_information')")):
        continuous = set(connection.scalars(sa.text(_CONTINUOUS)))
        statements += [
            f"SELECT delete_job(job_id) {_JOB}",
            "DROP ROUTINE IF EXISTS refresh_bars, refresh_bars_soon",
        ]
    for name in reversed(PERIODS.values()):  # each reads the one before it
        object_type = "MATERIALIZED VIEW" if name in continuous else "VIEW"
        statements.append(f"DROP {object_type} IF EXISTS {name}")
    return statements


def make_plain(connection: sa.Connection) -> None:
    """Create views that PostgreSQL computes at each read."""
    latest = "(array_agg({} ORDER BY available_at DESC))[1]"
    first, last = (f"(array_agg(value ORDER BY observed_at {way}))[1]" for way in ("", "DESC"))
    for period, name in PERIODS.items():
        bucket = f"date_trunc('{period}', observed_at, 'UTC')"
        query = _daily(bucket, latest) if period == "day" else _bars(bucket, first, last)
        connection.execute(sa.text(f"CREATE VIEW {name} AS {query}"))


def make_continuous(connection: sa.Connection) -> None:
    """Create real-time continuous aggregates: a read adds rows newer than the last refresh."""
    first, last = "first(value, observed_at)", "last(value, observed_at)"
    for period, name in PERIODS.items():
        bucket = f"time_bucket(INTERVAL '1 {period}', observed_at)"
        daily = _daily(bucket, "last({}, available_at)")
        query = daily if period == "day" else _bars(bucket, first, last)
        options = "timescaledb.continuous, timescaledb.materialized_only = false"
        connection.execute(
            sa.text(f"CREATE MATERIALIZED VIEW {name} WITH ({options}) AS {query} WITH NO DATA")
        )
    _schedule_refresh(connection)


def _schedule_refresh(connection: sa.Connection) -> None:
    """Create the server's refresh job, which takes the same lock as `bars.refresh_bars`.

    TimescaleDB's own policy would not take our lock, and refreshes of one aggregate that overlap
    can leave gaps or duplicates (its issues 9571 and 10219). Each refresh is committed before the
    next, because the next aggregate sees only committed changes. Only the owner may refresh;
    `refresh_bars_soon` lets a writer start the job at once.
    """
    refresh = "CALL refresh_continuous_aggregate('{}', NULL, NULL); COMMIT;"
    calls = "\n".join(map(refresh.format, PERIODS.values()))
    for statement in (
        f"""
        CREATE PROCEDURE refresh_bars(job_id integer, config jsonb) LANGUAGE plpgsql AS
        $$ BEGIN
            PERFORM pg_advisory_lock({REFRESH_LOCK});
            {calls}
            PERFORM pg_advisory_unlock({REFRESH_LOCK});
        END $$
        """,
        f"SELECT add_job('refresh_bars', INTERVAL '{_REFRESH_EVERY}')",
        f"""
        CREATE FUNCTION refresh_bars_soon() RETURNS void LANGUAGE sql
        SECURITY DEFINER SET search_path FROM CURRENT AS
        $$ SELECT alter_job(job_id, next_start => now()) {_JOB} $$
        """,
        "REVOKE ALL ON FUNCTION refresh_bars_soon FROM PUBLIC",
    ):
        connection.execute(sa.text(statement))
