"""Any batches in any order: the past does not change, and no row is lost.

The writer's clock is set by the tests, so that what two transports store can be compared whole.
"""

from collections.abc import Iterator

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.database.batches import DAYS, NOTHING, VALUES, batch, observations
from wellhead.catalogue.series import SeriesKey
from wellhead.database import bulk_insert, writing
from wellhead.database.digests import stored_digest
from wellhead.database.operations import get_price_data, get_vintages
from wellhead.database.writing import write_batch
from wellhead.errors import NoDataError
from wellhead.settings import get_settings

BASE = pd.Timestamp("2020-01-01", tz="UTC")
PRESENT = pd.Timestamp("2026-01-01", tz="UTC")

WTI = SeriesKey("WTI", "test")


class Clock:
    """A clock that moves on at each call."""

    def __init__(self) -> None:
        self.moment = PRESENT

    def __call__(self) -> pd.Timestamp:
        self.moment += pd.Timedelta(seconds=1)
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    shown = Clock()
    monkeypatch.setattr(writing, "now", shown)
    monkeypatch.setattr(bulk_insert, "now", shown)
    return shown


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    def choose(name: str) -> None:
        monkeypatch.setattr(get_settings(), "database_bulk", name)

    yield choose
    monkeypatch.undo()


Row = tuple[int, int, float]  # day, when it was known (days after BASE), value
_values = st.sampled_from([0.0, -36.98, 18.31])
_vintage_rows = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 12), _values), min_size=1, max_size=8
)
# Rows of sources without vintages: each day once, known the day after.
_plain_rows = st.dictionaries(st.integers(0, 8), _values, min_size=1, max_size=8).map(
    lambda days: [(day, day + 1, value) for day, value in days.items()]
)


def _frame(rows: list[Row]) -> pd.DataFrame:
    days, known, values = zip(*rows, strict=True)
    dates = [BASE + pd.to_timedelta(pd.Index(which), unit="D") for which in (days, known)]
    return observations(list(values), *(pd.DatetimeIndex(moments) for moments in dates))


def _read(as_of: pd.Timestamp, end: pd.Timestamp | None = None) -> str:
    try:
        return get_price_data("WTI", BASE, end, as_of, source="test").to_csv()
    except NoDataError:
        return "nothing"


def _stored(database: sa.Engine) -> pd.DataFrame:
    ordered = "SELECT * FROM observations ORDER BY observed_at, available_at"
    with database.connect() as connection:
        return pd.read_sql(sa.text(ordered), connection).drop(columns="batch_id")


def _empty(database: sa.Engine) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("TRUNCATE observations, batches"))


def _write(rows: list[Row]) -> tuple[int, int]:
    return write_batch(batch(), _frame(rows), NOTHING)


_few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@_few
@given(loads=st.lists(st.one_of(_vintage_rows, _plain_rows), min_size=1, max_size=4))
def test_a_moment_before_the_newest_stored_one_never_changes(
    loads: list[list[Row]], database: sa.Engine, clock: Clock
) -> None:
    _empty(database)
    answers: dict[pd.Timestamp, str] = {}
    for rows in loads:
        _write(rows)
        for moment, answer in answers.items():
            assert _read(moment) == answer, moment
        known = _stored(database)["available_at"]
        pins = [pin for pin in known.unique() if pin < known.max()]
        pins += [known.max() - pd.Timedelta(microseconds=1)]
        answers |= {pin: _read(pin) for pin in pins}


@_few
@given(loads=st.lists(_plain_rows, min_size=2, max_size=4))
def test_without_vintages_no_stored_day_ever_changes_in_the_past(
    loads: list[list[Row]], database: sa.Engine, clock: Clock
) -> None:
    _empty(database)
    answers: dict[tuple[pd.Timestamp, pd.Timestamp], str] = {}
    for rows in loads:
        _write(rows)
        for (moment, end), answer in answers.items():
            assert _read(moment, end) == answer
        moment, end = clock(), _stored(database)["observed_at"].max()
        answers[moment, end] = _read(moment, end)


@_few
@given(loads=st.lists(st.one_of(_vintage_rows, _plain_rows), min_size=1, max_size=4))
def test_nothing_is_lost_repeated_or_counted_wrongly(
    loads: list[list[Row]], database: sa.Engine, clock: Clock
) -> None:
    _empty(database)
    before = _stored(database)
    for rows in loads:
        added, revised = _write(rows)
        after = _stored(database)
        assert added + revised == len(after) - len(before)
        assert added == after["observed_at"].nunique() - before["observed_at"].nunique()
        last_written = {day: value for day, _, value in sorted(rows, key=lambda row: row[1])}
        now_read = after.groupby("observed_at")["value"].last()
        assert {
            day: now_read[BASE + pd.Timedelta(days=day)] for day in last_written
        } == last_written
        assert not (after.groupby("observed_at")["value"].diff() == 0).any()  # each differs
        digest = stored_digest("WTI", "test")
        assert _write(rows) == (0, 0)
        assert stored_digest("WTI", "test") == digest
        before = after


@_few
@given(loads=st.lists(st.one_of(_vintage_rows, _plain_rows), min_size=1, max_size=3))
def test_both_transports_store_the_same(
    loads: list[list[Row]], database: sa.Engine, clock: Clock, transport
) -> None:
    stored = []
    for name in ("copy", "rows"):
        _empty(database)
        transport(name)
        clock.moment = PRESENT
        counts = [_write(rows) for rows in loads]
        stored.append((counts, _stored(database).to_csv()))
    assert stored[0] == stored[1]


@pytest.mark.usefixtures("database")
class TestVintages:
    RELEASES = pd.DatetimeIndex(["2020-05-01", "2020-06-01", "2020-07-01"], tz="UTC")

    def load(self, values: list[float], known: pd.DatetimeIndex) -> tuple[int, int]:
        days = DAYS[:1].repeat(len(values))
        return write_batch(batch(), observations(values, days, known), NOTHING)

    def test_a_batch_may_hold_all_vintages_of_a_day(self) -> None:
        assert self.load([1.0, 2.0, 3.0], self.RELEASES) == (1, 2)
        assert get_vintages(WTI)["available_at"].tolist() == list(self.RELEASES)
        (seen,) = get_price_data("WTI", "2020-01-01", as_of="2020-06-15")["value"]
        assert seen == 2.0

    def test_a_vintage_that_repeats_the_one_before_adds_nothing(self) -> None:
        assert self.load([1.0, 1.0, 2.0], self.RELEASES) == (1, 1)
        assert get_vintages(WTI)["available_at"].tolist() == list(self.RELEASES[::2])

    def test_a_vintage_newer_than_all_that_is_stored_keeps_its_date(self) -> None:
        self.load([1.0, 2.0], self.RELEASES[:2])
        assert self.load([1.0, 2.0, 3.0], self.RELEASES) == (0, 1)
        assert get_vintages(WTI)["available_at"].tolist() == list(self.RELEASES)

    def test_a_vintage_that_arrives_late_is_known_from_now(self) -> None:
        self.load([1.0, 3.0], self.RELEASES[::2])
        assert self.load([2.0], self.RELEASES[1:2]) == (0, 1)
        assert len(get_price_data("WTI", "2020-01-01", as_of="2020-06-15")) == 1
        (seen,) = get_price_data("WTI", "2020-01-01", as_of="2020-06-15")["value"]
        assert seen == 1.0
        (newest,) = get_price_data("WTI", "2020-01-01")["value"]
        assert newest == 2.0

    def test_the_order_of_rows_in_a_batch_does_not_matter(self) -> None:
        days = DAYS[[1, 0, 1, 0]]
        known = self.RELEASES[[1, 0, 0, 1]]
        assert write_batch(batch(), observations([4.0, 1.0, 3.0, 2.0], days, known), NOTHING) == (
            2,
            2,
        )
        assert get_vintages(WTI)["value"].tolist() == [1.0, 2.0, 3.0, 4.0]

    def test_a_newer_day_that_was_known_before_a_stored_revision_is_late(self) -> None:
        """Otherwise a read pinned between the two would change."""
        write_batch(batch(), observations(VALUES[:5], DAYS[:5]), NOTHING)
        write_batch(batch(), observations([19.0], DAYS[:1]), NOTHING)  # known from now
        pinned = get_vintages(WTI)["available_at"].max() - pd.Timedelta(microseconds=1)
        before = get_price_data("WTI", "2020-01-01", as_of=pinned).to_csv()
        assert write_batch(batch(), observations(VALUES[5:], DAYS[5:]), NOTHING) == (1, 0)
        assert get_price_data("WTI", "2020-01-01", as_of=pinned).to_csv() == before
        assert get_price_data("WTI", "2020-01-01")["value"].tolist() == [19.0, *VALUES[1:]]
