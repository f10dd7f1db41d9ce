"""An update fetches what is new and a look-back, changes nothing twice, and misses no revision."""

import datetime
from collections.abc import Callable, Mapping

import pandas as pd
import pytest

from tests.ingestion.forms import business_days, eia_page, eia_rows, eia_server, fred_server
from tests.ingestion.replay import Answer, Upstream
from tests.loads import ingest
from wellhead.catalogue.series import SeriesKey
from wellhead.database.digests import stored_digest
from wellhead.database.operations import get_price_data, get_vintages, newest_stored_day, read_table
from wellhead.errors import EmptySourceError, InputError, LostDaysError
from wellhead.ingestion.eia import LOOK_BACK, Eia
from wellhead.workflows.loading.ingest import Loaded

DAYS = business_days(400, "2023-01-02")
VALUES = [f"{70 + i % 7}.5" for i in range(400)]
NONE: Mapping[str, str] = {}
Serve = Callable[..., None]


@pytest.fixture
def serve(upstream: Upstream) -> Serve:
    """Has the server answer with the series' first `count` days, some values changed or gone."""

    def play(count: int, changed: Mapping[str, str] = NONE, gone: tuple[str, ...] = ()) -> None:
        values = dict(zip(DAYS[:count], VALUES, strict=False)) | changed
        days = [day for day in values if day not in gone]
        upstream.serve(eia_server(eia_rows(days, [values[day] for day in days])))

    return play


def load(**options: object) -> Loaded:
    (loaded,) = ingest("WTI", "eia", **options)  # type: ignore[arg-type]
    return loaded


def starts(upstream: Upstream) -> list[str | None]:
    return [asked.query.get("start") for asked in upstream.asked]


@pytest.fixture
def first_load(store: str, serve: Serve, upstream: Upstream) -> Loaded:
    serve(300)
    loaded = load()
    assert starts(upstream) == [None]
    return loaded


def look_back_from(day: str) -> str:
    return str(datetime.date.fromisoformat(day) - datetime.timedelta(LOOK_BACK["daily"].days))


def test_an_update_asks_for_what_is_new_and_the_look_back(
    first_load: Loaded, serve: Serve, upstream: Upstream
) -> None:
    serve(305)
    loaded = load()
    assert starts(upstream) == [None, look_back_from(DAYS[299])]
    assert loaded.batch["rows_added"] == 5
    assert loaded.batch["rows_revised"] == 0
    assert loaded.batch["rows_received"] == loaded.answer.stated < 100
    assert get_price_data("WTI", DAYS[0])["value"].tolist() == [float(v) for v in VALUES[:305]]


def test_updates_day_by_day_leave_what_one_load_of_all_leaves(
    first_load: Loaded, serve: Serve, new_store: Callable[[], str], use_store: Callable[[str], None]
) -> None:
    for count in (301, 302, 340, 400):
        serve(count)
        load()
    columns = ["observed_at", "value", "unit", "available_at"]
    by_day = get_price_data("WTI", DAYS[0])[columns].to_csv()
    use_store(new_store())
    load()
    assert get_price_data("WTI", DAYS[0])[columns].to_csv() == by_day


def test_an_update_twice_changes_nothing(first_load: Loaded, serve: Serve) -> None:
    before = stored_digest("WTI", "eia")
    again = load()
    assert (again.batch["rows_added"], again.batch["rows_revised"]) == (0, 0)
    assert stored_digest("WTI", "eia") == before


def test_a_revision_within_the_look_back_is_seen(
    first_load: Loaded, serve: Serve, upstream: Upstream
) -> None:
    serve(305, {DAYS[290]: "-36.98"})
    loaded = load()
    assert loaded.batch["rows_revised"] == 1
    assert len(upstream.asked) == 2
    vintages = get_vintages(SeriesKey("WTI", "eia")).set_index("observed_at")["value"]
    assert vintages[DAYS[290]].tolist() == [float(VALUES[290]), -36.98]


def test_days_since_a_late_one_leave_no_hole_behind_what_is_stored(
    first_load: Loaded, serve: Serve, upstream: Upstream
) -> None:
    serve(400)
    load(since=datetime.date.fromisoformat(DAYS[380]))
    day_after = datetime.date.fromisoformat(DAYS[299]) + datetime.timedelta(1)
    assert starts(upstream) == [None, str(day_after)]
    assert len(get_price_data("WTI", DAYS[0])) == 400


def test_days_since_one_need_no_window_of_an_update(
    first_load: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = []

    def counted(series: SeriesKey) -> pd.Timestamp | None:
        looked_up.append(series)
        return newest_stored_day(series)

    monkeypatch.setattr("wellhead.workflows.loading.window.newest_stored_day", counted)
    load(since=datetime.date(2023, 6, 1))
    assert looked_up == [("WTI", "eia", "daily")]


def test_everything_and_since_a_day_contradict_each_other(first_load: Loaded) -> None:
    with pytest.raises(InputError, match="not both"):
        load(since=datetime.date(2023, 3, 1), full=True)


def test_a_series_begun_in_the_middle_says_so(store: str, serve: Serve) -> None:
    serve(300)
    assert load(since=datetime.date.fromisoformat(DAYS[200])).first
    assert not load().first


def test_a_revision_that_reaches_beyond_the_window_is_followed_to_its_end(
    first_load: Loaded, serve: Serve, upstream: Upstream
) -> None:
    serve(305, dict.fromkeys(DAYS[100:300], "99.5"))
    loaded = load()
    assert starts(upstream) == [None, look_back_from(DAYS[299]), None]
    assert loaded.batch["rows_revised"] == 200
    assert loaded.batch["rows_added"] == 5


def test_a_changed_day_that_is_rejected_costs_a_full_load_until_the_window_has_passed_it(
    first_load: Loaded, serve: Serve, upstream: Upstream
) -> None:
    window = look_back_from(DAYS[299])
    bad = next(day for day in DAYS if day >= window)
    serve(300, {bad: "99999"})
    assert load().batch["rows_quarantined"] == 1
    load()
    assert starts(upstream)[1:] == [window, None, window, None]
    serve(306, {bad: "99999"})
    load()
    assert starts(upstream)[5:] == [window, None]
    load()
    assert starts(upstream)[7:] == [look_back_from(DAYS[305])]


def test_all_can_be_asked_for_and_a_day_of_ones_own_wins(
    first_load: Loaded, upstream: Upstream
) -> None:
    load(full=True)
    load(since=datetime.date(2023, 6, 1))
    assert starts(upstream)[1:] == [None, "2023-06-01"]


def test_a_withdrawn_day_is_reported_and_stays(first_load: Loaded, serve: Serve) -> None:
    serve(301, gone=(DAYS[280],))
    loaded = load()
    assert loaded.answer.withdrawn == [datetime.date.fromisoformat(DAYS[280])]
    assert loaded.batch["rules"]["stored-day-is-still-there"]["caught"] == 1
    recorded = read_table("batches", batch_id=loaded.batch["batch_id"])["rules"].iloc[0]
    assert recorded["stored-day-is-still-there"]["severity"] == "flag"
    assert len(get_price_data("WTI", DAYS[280], DAYS[280])) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (eia_page([]), EmptySourceError),
        (eia_page(eia_rows(DAYS[300:302], ["70.5", "71.5"])), LostDaysError),
    ],
    ids=["no day at all", "new days and none of the stored ones"],
)
def test_an_answer_without_any_stored_day_is_an_error_and_changes_nothing(
    answer: Answer, error: type[Exception], first_load: Loaded, upstream: Upstream
) -> None:
    before = stored_digest("WTI", "eia")
    upstream.serve(lambda _: answer)
    with pytest.raises(error):
        load()
    assert stored_digest("WTI", "eia") == before
    assert len(read_table("batches")) == 1


def test_one_bad_row_does_not_refuse_the_window(first_load: Loaded, serve: Serve) -> None:
    serve(305, {DAYS[303]: "seventy"})
    loaded = load()
    assert loaded.batch["rows_quarantined"] == 1
    assert loaded.batch["rows_added"] == 4


def test_rules_on_a_year_see_the_stored_days_before_a_window(
    first_load: Loaded, serve: Serve
) -> None:
    serve(305, {DAYS[302]: "190"})
    found = load(since=datetime.date.fromisoformat(DAYS[295])).batch["rules"]
    assert found["change-is-usual"]["caught"] == 2  # up and down again
    assert found["level-is-usual"]["checked"] == 0  # ten rows have no level of a year


def test_a_dry_run_asks_for_the_same_window_and_stores_nothing(
    first_load: Loaded, serve: Serve, upstream: Upstream
) -> None:
    before = stored_digest("WTI", "eia")
    serve(305)
    loaded = load(write=False)
    assert starts(upstream)[-1] == look_back_from(DAYS[299])
    assert len(loaded.rows) == loaded.batch["rows_received"]
    assert stored_digest("WTI", "eia") == before
    assert len(read_table("batches")) == 1


def test_a_day_that_is_now_listed_without_a_value_counts_as_withdrawn(
    store: str, upstream: Upstream
) -> None:
    upstream.serve(fred_server(DAYS[:100], VALUES[:100]))
    ingest("WTI", "fred")
    upstream.serve(fred_server(DAYS[:101], [*VALUES[:98], ".", *VALUES[99:101]]))
    (loaded,) = ingest("WTI", "fred")
    assert upstream.asked[-1].query["observation_start"] == look_back_from(DAYS[99])
    assert loaded.answer.withdrawn == [datetime.date.fromisoformat(DAYS[98])]
    assert loaded.batch["rows_missing"] == 1


def test_the_newest_day_is_of_the_series_asked_for(first_load: Loaded) -> None:
    assert newest_stored_day(SeriesKey("WTI", "eia", "daily")) == pd.Timestamp(DAYS[299], tz="UTC")
    assert newest_stored_day(SeriesKey("WTI", "fred", "daily")) is None


@pytest.mark.parametrize("name", ["RWTC", "rwtc", "wti", "wti_spot_daily"])
def test_a_series_goes_by_its_code_there_its_key_or_an_alias(name: str) -> None:
    assert Eia().find(name).key == "WTI"
