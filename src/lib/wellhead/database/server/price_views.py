"""The views on prices, as SQL: continuous aggregates on TimescaleDB, plain views elsewhere.

Both have the columns that `wellhead.tables` describes. Days, weeks (from Monday) and months
are those of UTC.
"""

import sqlalchemy as sa

REFRESH_LOCK = 7_316_004
# The server's own job brings up to date what a killed program left, or one without the right to.
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
    """  # noqa: S608 - no word of it comes from outside


def _bars(period: str, first: str, last: str) -> str:
    """Average and bar of the daily values; a week in which the unit changed is one bar a unit."""
    return f"""
        SELECT {_SERIES}, unit, {period} AS observed_at, avg(value) AS average, {first} AS open,
               max(value) AS high, min(value) AS low, {last} AS close, count(*) AS days,
               max(available_at) AS available_at
          FROM prices_daily
         GROUP BY {_SERIES}, unit, {period}
    """  # noqa: S608 - no word of it comes from outside


def drop(connection: sa.Connection) -> None:
    """Drop the views, of whichever kind; what they hold is derived and can be made again."""
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
    for name in reversed(PERIODS.values()):  # each is made from the one before it
        word = "MATERIALIZED VIEW" if name in continuous else "VIEW"
        statements.append(f"DROP {word} IF EXISTS {name}")
    return statements


def make_plain(connection: sa.Connection) -> None:
    """Views that PostgreSQL computes when they are read."""
    latest = "(array_agg({} ORDER BY available_at DESC))[1]"
    first, last = (f"(array_agg(value ORDER BY observed_at {way}))[1]" for way in ("", "DESC"))
    for period, name in PERIODS.items():
        bucket = f"date_trunc('{period}', observed_at, 'UTC')"
        query = _daily(bucket, latest) if period == "day" else _bars(bucket, first, last)
        connection.execute(sa.text(f"CREATE VIEW {name} AS {query}"))


def make_continuous(connection: sa.Connection) -> None:
    """Continuous aggregates, real-time: what is newer than the last refresh is added as read."""
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
    """A job of the server, under the lock that `bars.refresh_bars` holds.

    Not TimescaleDB's own policy: refreshes of one aggregate that overlap can leave gaps or
    duplicates (its issues 9571 and 10219), and a policy knows nothing of our lock. What a refresh
    changed is on record for the aggregate above it only when it is committed. A refresh needs the
    owner; `refresh_bars_soon` lets a writer who is not have the job run at once.
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
