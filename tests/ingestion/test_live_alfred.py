"""Source `alfred` against a server that keeps vintages as ALFRED does: each known from its day."""

import datetime
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.ingestion.forms import alfred_server, fred_description
from tests.ingestion.replay import Answer, Upstream, recorded
from tests.loads import ingest
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.database.operations import get_price_data, get_vintages
from wellhead.errors import EmptySourceError, SourceError, SourceFormatError, UnitMismatchError
from wellhead.ingestion import alfred, fred, vintages
from wellhead.ingestion.alfred import Alfred
from wellhead.settings import get_settings
from wellhead.validation.observations.changes import change_columns
from wellhead.validation.observations.series import no_days
from wellhead.validation.parsing import parse
from wellhead.workflows.loading import batches
from wellhead.workflows.loading import ingest as loading

PRODUCTION = find_instrument("INDUSTRIAL_PRODUCTION")
# January is revised twice, February once; March is new.
VINTAGES = [
    ("2024-01-01", "2024-02-15", "102.1"),
    ("2024-01-01", "2024-03-15", "101.9"),
    ("2024-01-01", "2024-04-16", "102.0"),
    ("2024-02-01", "2024-03-15", "102.3"),
    ("2024-02-01", "2024-04-16", "102.4"),
    ("2024-03-01", "2024-04-16", "102.7"),
]
SHOWN = ["observed_at", "value", "published"]


def fetch(since: datetime.date | None = None) -> pd.DataFrame:
    return Alfred().fetch(PRODUCTION, "monthly", since)


def periods(upstream: Upstream) -> list[tuple[str, str]]:
    """The real-time periods asked for."""
    queries = [asked.query for asked in upstream.asked if "realtime_start" in asked.query]
    return [(query["realtime_start"], query["realtime_end"]) for query in queries]


def test_every_vintage_is_a_row_known_when_its_day_is_over_in_st_louis(upstream: Upstream) -> None:
    upstream.serve(alfred_server(VINTAGES))
    rows = fetch()
    assert rows[SHOWN].to_numpy().tolist() == [
        ["2024-01-01", "102.1", "2024-02-16 06:00:00+00:00"],  # winter time
        ["2024-01-01", "101.9", "2024-03-16 05:00:00+00:00"],  # summer time
        ["2024-01-01", "102.0", "2024-04-17 05:00:00+00:00"],
        ["2024-02-01", "102.3", "2024-03-16 05:00:00+00:00"],
        ["2024-02-01", "102.4", "2024-04-17 05:00:00+00:00"],
        ["2024-03-01", "102.7", "2024-04-17 05:00:00+00:00"],
    ]
    assert rows.attrs == {"stated": 6, "pages": 1}
    assert periods(upstream) == [("2024-02-15", "9999-12-31")]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_chunks_of_vintages_give_what_one_request_gives(
    most: int, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.serve(alfred_server(VINTAGES))
    whole = fetch()
    upstream.asked.clear()
    monkeypatch.setattr(vintages, "MOST_VINTAGES", most)
    upstream.serve(alfred_server(VINTAGES, cap=most))
    pd.testing.assert_frame_equal(fetch(), whole)
    assert len(periods(upstream)) == -(-3 // most)
    for (_, end), (start, _) in zip(periods(upstream), periods(upstream)[1:], strict=False):
        assert pd.Timestamp(end) + pd.Timedelta(days=1) == pd.Timestamp(start)


def test_a_real_time_period_that_holds_too_many_vintages_is_halved(upstream: Upstream) -> None:
    upstream.serve(alfred_server(VINTAGES))
    whole = fetch()
    upstream.asked.clear()
    upstream.serve(alfred_server(VINTAGES, cap=1))
    pd.testing.assert_frame_equal(fetch(), whole)
    assert ("2024-02-15", "9999-12-31") in periods(upstream)


def test_more_than_two_thousand_vintages_are_asked_for_in_parts(upstream: Upstream) -> None:
    days = [str(day.date()) for day in pd.bdate_range("2006-01-02", periods=4_500)]
    upstream.serve(alfred_server([("2006-01-01", day, f"{i}.5") for i, day in enumerate(days)]))
    rows = fetch()
    assert rows["value"].tolist() == [f"{i}.5" for i in range(4_500)]
    assert [start for start, _ in periods(upstream)] == [days[0], days[2_000], days[4_000]]


def test_a_value_that_vintages_repeat_is_one_row(upstream: Upstream) -> None:
    repeated = [
        ("2024-01-01", "2024-02-15", "102.1"),
        ("2024-01-01", "2024-03-15", "102.10"),
        ("2024-01-01", "2024-04-16", "."),
        ("2024-01-01", "2024-05-15", "102.1"),
        ("2024-01-01", "2024-06-14", "102.2"),
    ]
    upstream.serve(alfred_server(repeated))
    rows = fetch()
    assert rows["value"].tolist() == ["102.1", ".", "102.2"]
    assert parse(rows).missing == 1


def test_first_releases_are_the_first_of_all_releases(upstream: Upstream) -> None:
    upstream.serve(alfred_server(VINTAGES))
    firsts = Alfred().first_releases(PRODUCTION)
    assert firsts["value"].tolist() == ["102.1", "102.3", "102.7"]
    expected = fetch().drop_duplicates("observed_at", ignore_index=True)
    pd.testing.assert_frame_equal(firsts, expected)
    assert "4" in {asked.query.get("output_type") for asked in upstream.asked}


def test_a_window_asks_for_no_vintage_of_before_it(upstream: Upstream) -> None:
    upstream.serve(alfred_server(VINTAGES, cap=2))
    rows = fetch(datetime.date(2024, 3, 1))
    assert rows["value"].tolist() == ["102.7"]
    assert periods(upstream)[0][0] == "2024-03-15"
    with pytest.raises(EmptySourceError, match="no vintage since 2030-01-01"):
        fetch(datetime.date(2030, 1, 1))


def recorded_vintages(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has the server replay the recorded releases of GDP, under the code of a series we carry."""
    everything = recorded("fred/gdp_all_releases.json")[0]["body"]
    dates = sorted({row["realtime_start"] for row in everything["observations"]})

    def respond(name: str) -> None:
        body = recorded(f"fred/{name}.json")[0]["body"]
        listing = {"count": len(dates), "vintage_dates": dates}
        upstream.serve(lambda asked: Answer(listing if "vintagedates" in asked.path else body))

    monkeypatch.setitem(fred.UNITS, "Billions of Dollars", PRODUCTION.unit)
    return respond


def test_the_recorded_releases_are_read_whole(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = recorded_vintages(upstream, monkeypatch)
    replay("gdp_all_releases")
    every = fetch()
    assert every.attrs["stated"] == 3_199
    parsed = parse(every).rows
    assert not change_columns(parsed, no_days())["is_repeat"].any()
    assert (parsed["published"] > parsed["observed_at"]).all()
    replay("gdp_initial_release")
    firsts = Alfred().first_releases(PRODUCTION)
    assert len(firsts) == 132
    assert not firsts["observed_at"].duplicated().any()
    among = every[SHOWN].merge(firsts[SHOWN])
    assert len(among) == 132  # each first release is one of all releases, value and day


# --- through the command --------------------------------------------------------------------------


def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[pd.DataFrame]:
    """The frames that a load hands to the database."""
    frames: list[pd.DataFrame] = []

    def note(_: object, observations: pd.DataFrame, __: object) -> tuple[int, int]:
        frames.append(observations)
        return len(observations), 0

    monkeypatch.setattr(batches, "write_batch", note)
    return frames


def test_every_vintage_is_handed_on_as_known_since_it_was_published(
    store: str, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = handed_over(monkeypatch)
    upstream.serve(alfred_server(VINTAGES))
    (loaded,) = ingest("INDPRO", "alfred")
    assert loaded.batch["rows_quarantined"] == 0
    (frame,) = frames
    assert frame["observed_at"].dt.strftime("%m").tolist() == ["01", "01", "01", "02", "02", "03"]
    assert frame["available_at"].astype(str).tolist() == fetch()["published"].tolist()


def test_a_vintage_of_today_is_known_from_now_on(
    store: str, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = handed_over(monkeypatch)
    moment = pd.Timestamp("2024-04-16 14:00", tz="UTC")
    monkeypatch.setattr(loading, "now", lambda: moment)
    upstream.serve(alfred_server(VINTAGES))
    ingest("INDPRO", "alfred")
    assert frames[0]["available_at"].max() == moment


def test_a_reader_of_the_past_sees_the_vintage_of_its_time(store: str, upstream: Upstream) -> None:
    upstream.serve(alfred_server(VINTAGES))
    ingest("INDPRO", "alfred")
    assert len(get_vintages(SeriesKey("INDUSTRIAL_PRODUCTION", "alfred", "monthly"))) == 6

    def seen(as_of: str) -> list[float]:
        prices = get_price_data(
            "INDUSTRIAL_PRODUCTION", "2024-01-01", as_of=as_of, source="alfred", frequency="monthly"
        )
        return prices["value"].tolist()

    assert seen("2024-03-15 23:00") == [102.1]
    assert seen("2024-03-16 05:00") == [101.9, 102.3]
    assert seen("2024-05-01") == [102.0, 102.4, 102.7]


def test_a_second_load_adds_nothing_and_a_new_vintage_is_one_row(
    store: str, upstream: Upstream
) -> None:
    upstream.serve(alfred_server(VINTAGES[:-1]))
    (first,) = ingest("INDPRO", "alfred")
    (again,) = ingest("INDPRO", "alfred")
    assert (again.batch["rows_added"], again.batch["rows_revised"]) == (0, 0)
    upstream.serve(alfred_server(VINTAGES))
    (later,) = ingest("INDPRO", "alfred")
    stored = get_vintages(SeriesKey("INDUSTRIAL_PRODUCTION", "alfred", "monthly"))
    assert len(stored) == len(fetch())
    assert sum(later.batch[n] for n in ("rows_added", "rows_revised")) == len(stored) - sum(
        first.batch[n] for n in ("rows_added", "rows_revised")
    )
    assert stored["available_at"].astype(str).tolist() == fetch()["published"].tolist()


def test_fred_without_vintages_counts_a_month_as_known_when_the_next_is_over(
    store: str, upstream: Upstream
) -> None:
    upstream.serve(
        lambda _: Answer({"count": 1, "observations": [{"date": "2024-01-01", "value": "102.0"}]})
    )
    (loaded,) = ingest("INDUSTRIAL_PRODUCTION", "fred")
    assert loaded.rows["available_at"].astype(str).tolist() == ["2024-03-01 06:00:00+00:00"]


DATES = Answer({"count": 1, "vintage_dates": ["2024-02-15"]})


def _one(**changed: object) -> Answer:
    row = {"date": "2024-01-01", "realtime_start": "2024-02-15", "value": "102.1"} | changed
    row = {name: cell for name, cell in row.items() if cell is not None}
    return Answer({"units": "lin", "count": 1, "observations": [row]})


FAULTS: dict[str, tuple[list[Answer], type[SourceError], str]] = {
    "no vintages": ([Answer({"count": 0, "vintage_dates": []})], EmptySourceError, "no rows"),
    "vintages that are no days": (
        [Answer({"count": 1, "vintage_dates": ["soon"]})],
        SourceFormatError,
        "'soon' is not",
    ),
    "vintages cut short": (
        [Answer({"count": 2, "vintage_dates": ["2024-02-15"]})] * 2,
        SourceFormatError,
        "hold 2 rows|repeats",
    ),
    "no list of vintages": (
        [Answer({"count": 1, "vintages": []})],
        SourceFormatError,
        "'vintage_dates' is missing",
    ),
    "no real-time period": (
        [DATES, _one(realtime_start=None)],
        SourceFormatError,
        "'realtime_start' is missing",
    ),
    "a period that is no day": (
        [DATES, _one(realtime_start="15.2.2024")],
        SourceFormatError,
        "'15.2.2024' is not",
    ),
    "known before its day": (
        [DATES, _one(date="2024-03-01")],
        SourceFormatError,
        "1 values were published before",
    ),
}  # a table, one case a line


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_its_own_error(fault: str, upstream: Upstream) -> None:
    answers, error, words = FAULTS[fault]
    upstream.script(*answers)
    with pytest.raises(SourceError, match=words) as caught:
        fetch()
    assert type(caught.value) is error


def test_a_new_base_year_is_another_unit(upstream: Upstream) -> None:
    upstream.extra["/fred/series"] = lambda asked: fred_description(asked, units="Index 2022=100")
    with pytest.raises(UnitMismatchError, match="is in Index 2022=100 instead of Index 2017=100"):
        fetch()


@pytest.mark.network
@pytest.mark.parametrize("key", alfred.REVISED)
def test_the_live_archive_still_answers(
    key: str, live: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FRED_API_KEY", live("LIVE_FRED_API_KEY"))
    monkeypatch.setenv("WELLHEAD_VAR_DIR", str(tmp_path))
    get_settings.cache_clear()
    instrument, source = find_instrument(key), Alfred()
    every = source.fetch(instrument, source.frequencies(instrument)[0])
    firsts = source.first_releases(instrument)
    get_settings.cache_clear()
    assert len(every) > len(firsts) > 900
    assert len(every[SHOWN].merge(firsts[SHOWN])) == len(firsts)
