"""Which source a command without `--source` takes, and what it prints about it."""

from collections.abc import Callable

import pytest

from tests.commands import Ended, call_wellhead
from tests.ingestion.replay import Answer, Upstream
from wellhead.errors import PipelineError
from wellhead.pipeline import run as pipeline

Auto = Callable[..., Ended]


@pytest.fixture
def auto(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Auto:
    """`wellhead`, with `auto` as its source and a pipeline that ends at once with its source."""

    def stop(_console: object, *, source: str, **_options: object) -> None:
        raise PipelineError(f"ran on {source}")

    monkeypatch.setattr(pipeline, "run_pipeline", stop)
    settings = {"WELLHEAD_SOURCE": "auto", "WELLHEAD_VAR_DIR": str(tmp_path), "NO_PROXY": "*"}
    return lambda *arguments, fred: call_wellhead(
        *arguments, WELLHEAD_FRED_GRAPH_BASE_URL=fred, **settings
    )


@pytest.fixture
def fred_answers() -> Upstream:
    server = Upstream()
    server.serve(lambda _: Answer("observation_date,DCOILWTICO\n2026-01-02,57.3\n"))
    yield server
    server.close()


NOWHERE = "http://127.0.0.1:1"


def test_a_run_is_live_where_fred_answers_and_says_so(auto: Auto, fred_answers: Upstream) -> None:
    ended = auto("run", "--source", "", fred=fred_answers.url)  # as `make run` without SOURCE
    assert ended.stdout.splitlines() == [
        "Source fred (auto): live prices; FRED answers without a key."
    ]
    assert "ran on fred" in ended.stderr
    assert len(fred_answers.asked) == 1


def test_a_run_takes_the_archive_where_fred_does_not_answer(auto: Auto) -> None:
    ended = auto("run", fred=NOWHERE)
    [line] = ended.stdout.splitlines()
    assert line.startswith("Source archive (auto): no live prices, because fred cannot be reached")
    assert "ran on archive" in ended.stderr


def test_a_named_source_is_taken_without_a_word(auto: Auto, fred_answers: Upstream) -> None:
    ended = auto("run", "--source", "archive", fred=fred_answers.url)
    assert ended.stdout == ""
    assert "ran on archive" in ended.stderr
    assert fred_answers.asked == []


def test_an_ingest_chooses_in_the_same_way(auto: Auto) -> None:
    ended = auto("ingest", fred=NOWHERE)
    assert "Source archive (auto)" in ended.stdout
    assert "Source archive has: WTI, BRENT" in ended.stderr


def test_a_run_that_is_stopped_while_fred_is_asked_is_a_run_that_is_stopped(
    auto: Auto, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("wellhead.workflows.loading.choice.fault_of_fred", interrupted)
    ended = auto("run", fred=NOWHERE)
    assert ended.returncode == 130
    assert "stopped" in ended.stderr
