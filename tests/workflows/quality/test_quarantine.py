"""The quarantine end to end: list, show, fix, dismiss, replay, in a real database."""

import getpass

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.loads import ingest
from tests.workflows.quality.rows import business_days
from wellhead.calendars import now
from wellhead.catalogue.series import SeriesKey
from wellhead.cli import app
from wellhead.database.digests import table_digest
from wellhead.database.operations import get_price_data, get_vintages, read_table
from wellhead.errors import InputError, NoDataError, ValidationRefusedError
from wellhead.workflows.quality.decisions import dismiss, fix
from wellhead.workflows.quality.quarantine import BATCH_REFUSED, open_rows, quarantine
from wellhead.workflows.quality.replay import replay
from wellhead.workflows.quality.reports import newest_batches


def _refused(commodity: str = "WTI") -> str:
    with pytest.raises(ValidationRefusedError):
        ingest(commodity, "csv")
    return str(
        read_table("batches").query("not accepted").sort_values("fetched_at")["batch_id"].iloc[-1]
    )


def _value(day: str) -> list[float]:
    try:
        return get_price_data("WTI", day, day, source="csv")["value"].tolist()
    except NoDataError:
        return []


class TestOneRow:
    @pytest.fixture
    def batch_id(self, write) -> str:
        """200 rows of which the last is text: accepted, with one row in quarantine."""
        write("wti", [*business_days(199), "2021-10-08,seventy nine"])
        (loaded,) = ingest("WTI", "csv")
        return str(loaded.batch["batch_id"])

    def test_a_fixed_row_is_stored_once_known_from_now_and_with_its_provenance(
        self, batch_id: str
    ) -> None:
        quarantined = read_table("quarantine").to_json()
        before = now()
        fix(batch_id, 199, {"value": "79.35"}, "typed from the publisher's page")
        assert _value("2021-10-08") == []  # a decision alone stores nothing
        (replayed,) = replay()
        assert (replayed.added, replayed.revised) == (1, 0)
        assert _value("2021-10-08") == [79.35]
        row = get_vintages(SeriesKey("WTI", "csv")).iloc[-1]
        assert row["available_at"] > before  # nobody could have known it earlier
        made = read_table("batches", batch_id=row["batch_id"]).iloc[0]
        assert made["replay_of"] == batch_id
        assert made["source"] == "csv"
        assert read_table("replays")[
            ["batch_id", "row_number", "replay_id"]
        ].to_numpy().tolist() == [[batch_id, 199, row["batch_id"]]]
        (decision,) = read_table("corrections").to_dict("records")
        assert decision["changes"] == {"value": "79.35"}
        assert decision["decided_by"] == getpass.getuser()
        assert read_table("quarantine").to_json() == quarantined  # the row stays as it is

    def test_a_second_replay_changes_nothing(self, batch_id: str) -> None:
        fix(batch_id, 199, {"value": "79.35"}, "typed from the publisher's page")
        replay()
        tables = ("observations", "batches", "quarantine", "corrections", "replays")
        before = [table_digest(name) for name in tables]
        assert replay() == []
        assert [table_digest(name) for name in tables] == before
        assert newest_batches("csv")["batch_id"].tolist() == [batch_id]  # a replay is no load

    def test_a_fix_that_breaks_a_rule_again_is_still_rejected_and_stores_nothing(
        self, batch_id: str
    ) -> None:
        fix(batch_id, 199, {"value": "7935"}, "misread")
        (replayed,) = replay()
        assert replayed.rows["outcome"].tolist() == ["rejected"]
        assert replayed.rows["rules"].tolist() == ["value-is-plausible"]
        assert len(read_table("batches")) == 1
        fix(batch_id, 199, {"value": "79.35"}, "the decimal point was lost")  # the newest holds
        replay()
        assert _value("2021-10-08") == [79.35]

    def test_a_dismissed_row_is_closed_and_never_replayed(self, batch_id: str) -> None:
        dismiss(batch_id, 199, "no trade that day")
        assert open_rows().empty
        assert replay() == []
        assert quarantine()["status"].tolist() == ["dismissed"]

    def test_the_same_bad_row_in_the_next_load_is_shown_once_and_settled_once(
        self, batch_id: str
    ) -> None:
        ingest("WTI", "csv")
        (row,) = open_rows().to_dict("records")
        assert row["copies"] == 2
        fix(batch_id, 199, {"value": "79.35"}, "typed from the publisher's page")
        replay()
        assert open_rows().empty
        ingest("WTI", "csv")  # and a third time
        assert open_rows().empty
        assert _value("2021-10-08") == [79.35]

    def test_a_row_whose_day_a_later_load_brought_is_superseded_and_overwrites_nothing(
        self, batch_id: str, write
    ) -> None:
        write("wti", [*business_days(199), "2021-10-08,79.59"])
        ingest("WTI", "csv")
        (replayed,) = replay(batch_id)
        assert replayed.rows["outcome"].tolist() == ["superseded"]
        assert _value("2021-10-08") == [79.59]
        assert open_rows().empty
        with pytest.raises(InputError, match="is settled: superseded"):
            fix(batch_id, 199, {"value": "1"}, "too late")

    def test_a_wider_rule_lets_the_row_pass_in_a_replay(self, write, folder) -> None:
        """The reason to replay without a correction: the rule has changed since."""
        write("henry_hub", [*business_days(199, value=3), "2021-10-08,180"])
        ingest("HENRY_HUB", "csv")
        assert replay(commodity="HENRY_HUB")[0].rows["outcome"].tolist() == ["rejected"]
        (folder / "instruments.yml").write_text(
            "HENRY_HUB: {name: gas, unit: USD/MMBtu, calendar: NYSE, plausible: [-20, 200]}\n"
        )
        assert replay(commodity="HENRY_HUB", write=False)[0].rows["outcome"].tolist() == ["stored"]
        assert len(get_vintages(SeriesKey("HENRY_HUB", "csv"))) == 199  # a dry run stores nothing
        replay(commodity="HENRY_HUB")
        assert get_vintages(SeriesKey("HENRY_HUB", "csv"))["value"].iloc[-1] == 180

    def test_wrong_words_are_errors_that_say_what_to_do(self, batch_id: str) -> None:
        with pytest.raises(InputError, match="a fix sets one or more of observed_at, value"):
            fix(batch_id, 199, {"price": "1"}, "x")
        with pytest.raises(InputError, match="needs its reason"):
            fix(batch_id, 199, {"value": "1"}, " ")
        with pytest.raises(NoDataError, match="has no row 7"):
            fix(batch_id, 7, {"value": "1"}, "x")
        with pytest.raises(NoDataError, match="no row of batch nowhere"):
            replay("nowhere")


def test_of_two_values_for_a_day_the_one_that_is_not_dismissed_is_stored(write) -> None:
    write("wti", [*business_days(199), "2021-10-08,79.35", "2021-10-08,97.35"])
    (loaded,) = ingest("WTI", "csv")
    batch_id = str(loaded.batch["batch_id"])
    assert replay()[0].rows["outcome"].tolist() == ["rejected", "rejected"]
    dismiss(batch_id, 200, "digits swapped")
    replay()
    assert _value("2021-10-08") == [79.35]
    assert open_rows().empty


class TestARefusedBatch:
    BAD = 10

    @pytest.fixture
    def batch_id(self, write) -> str:
        """200 rows of which 10 are a hundred times too large: 95 %, refused."""
        rows = business_days(200)
        write(
            "wti",
            [f"{row}00".replace(".", "") if n % 20 == 0 else row for n, row in enumerate(rows)],
        )
        return _refused()

    def test_nothing_of_it_is_lost(self, batch_id: str) -> None:
        assert read_table("observations").empty
        rows = read_table("quarantine", batch_id=batch_id)
        assert sorted(rows["row_number"]) == list(range(200))
        assert (rows["rule"] == BATCH_REFUSED).sum() == 190
        assert read_table("batches")["rows_quarantined"].tolist() == [10]  # caught by a rule

    def test_asking_again_keeps_the_same_answer_once(self, batch_id: str) -> None:
        _refused()
        assert len(read_table("quarantine")) == 200
        assert read_table("batches")["rows_quarantined"].tolist() == [10, 10]
        assert "95.00% of its rows pass" in replay()[0].refusal  # not the 190 without the 10

    def test_its_bad_rows_count_although_a_later_load_brought_them_too(
        self, batch_id: str, folder
    ) -> None:
        """Two answers, the later one a row longer: each is validated as a whole."""
        with (folder / "wti.csv").open("a") as file:
            file.write("2021-10-11,60\n")
        _refused()
        assert [again.refusal is None for again in replay()] == [False, False]
        assert read_table("observations").empty

    def test_it_is_refused_again_until_its_rows_reach_the_target(self, batch_id: str) -> None:
        (again,) = replay()
        assert "95.00% of its rows pass" in again.refusal
        assert read_table("observations").empty
        assert len(read_table("batches")) == 1

    def test_with_its_bad_rows_dismissed_the_rest_is_stored(self, batch_id: str) -> None:
        assert len(dismiss(batch_id, None, "a hundred times too large", "value-is-plausible")) == 10
        (replayed,) = replay(batch_id[:8])
        assert replayed.refusal is None
        assert replayed.added == 190
        assert len(get_price_data("WTI", "2021-01-01", source="csv")) == 190
        assert open_rows().empty

    def test_with_its_bad_rows_fixed_it_is_stored_whole(self, batch_id: str) -> None:
        for row in open_rows(rule="value-is-plausible").to_dict("records"):
            right = str(float(row["row"]["value"]) / 10_000)
            fix(batch_id, row["row_number"], {"value": right}, "a hundred times too large")
        (replayed,) = replay()
        assert replayed.added == 200
        prices = get_price_data("WTI", "2021-01-01", source="csv")
        assert prices["value"].between(60, 66).all()


def test_the_command_line_shows_a_row_from_list_to_replay(write) -> None:
    write("wti", [*business_days(199), "2021-10-08,seventy nine"])
    (loaded,) = ingest("WTI", "csv")
    batch = str(loaded.batch["batch_id"])[:8]

    def printed(*arguments: str) -> str:
        ended = CliRunner().invoke(app, ["quarantine", *arguments], catch_exceptions=False)
        assert ended.exit_code == 0
        return ended.output

    listed = printed("list", "--commodity", "WTI", "--rule", "value-is-a-number")
    assert batch in listed
    assert "value=seventy nine" in listed
    assert "Quarantine, open: 0" in printed("list", "--commodity", "BRENT")
    fixed = printed("fix", batch, "199", "--set", "value=79.35", "--reason", "from the page")
    assert f"wellhead quarantine replay {batch}" in fixed
    assert "would store 1, superseded 0, still rejected 0" in printed("replay", "--dry-run")
    assert _value("2021-10-08") == []
    assert "stored 1 (1 new, 0 revised)" in printed("replay", batch)
    assert _value("2021-10-08") == [79.35]
    history = printed("show", batch, "199")
    assert "cells     observed_at=2021-10-08, value=seventy nine, unit=USD/bbl" in history
    assert "fix value=79.35: from the page" in history
    assert "stored, replay" in history
    assert "nothing to replay" in printed("replay")
    assert "stored" in printed("list", "--all")


def test_an_empty_database_has_an_empty_quarantine(folder) -> None:
    assert quarantine().empty
    assert open_rows().empty
    assert replay() == []
    assert isinstance(open_rows(), pd.DataFrame)


def test_a_row_is_the_same_at_any_place_of_an_answer(write) -> None:
    """The next load begins later, as an update's window does: one decision settles both copies."""
    rows = business_days(199)
    write("wti", [*rows, "2021-10-08,seventy nine"])
    ingest("WTI", "csv")
    write("wti", [*rows[20:], "2021-10-08,seventy nine"])
    ingest("WTI", "csv")
    (waiting,) = open_rows().to_dict("records")
    assert waiting["copies"] == 2
    dismiss(waiting["batch_id"], waiting["row_number"], "text, not a price")
    assert open_rows().empty


def test_a_replayed_first_load_keeps_the_clocks_of_its_days(write) -> None:
    """Refused for its bad rows; they alone are known from now, for a person has mended them."""
    write("wti", [*business_days(60), "2021-03-29,no", "2021-03-30,no"])
    batch_id = _refused()
    moment = now()
    for row in (60, 61):
        fix(batch_id, row, {"value": "61.5"}, "typed from the publisher's page")
    replay()
    known = get_vintages(SeriesKey("WTI", "csv")).set_index("observed_at")["available_at"]
    assert len(known) == 62
    assert (known.iloc[:60] < moment).all()
    assert (known.iloc[60:] >= moment).all()


def test_a_beginning_that_fits_several_batches_is_refused(write) -> None:
    for name in ("wti", "brent"):
        write(name, [*business_days(199), "2021-10-08,no"])
        ingest(name.upper(), "csv")
    with pytest.raises(InputError, match="begin with"):
        dismiss("", None, "text", rule="value-is-a-number")
    with pytest.raises(NoDataError, match="no row of batch zzz"):
        replay("zzz")
