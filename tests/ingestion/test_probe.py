"""Whether FRED answers: in time, with and without a key, and never an error."""

from time import monotonic

import pytest

from tests.ingestion.forms import business_days, graph_file, graph_server
from tests.ingestion.replay import SHOWN, Answer, Upstream
from wellhead.calendars import now
from wellhead.ingestion import probe
from wellhead.ingestion.probe import LIMIT, fault_of_fred
from wellhead.settings import get_settings


def recent_days() -> list[str]:
    return business_days(20, str((now() - probe._DAYS / 2).date()))


def test_a_good_answer_is_no_fault_and_one_request_is_enough(keyless: Upstream) -> None:
    keyless.serve(graph_server(recent_days(), ["70.5"] * 20))
    assert fault_of_fred() == ""
    [asked] = keyless.asked
    assert asked.query["id"] == "DCOILWTICO"
    assert "cosd" in asked.query


def test_with_a_key_the_api_is_asked(upstream: Upstream) -> None:
    assert fault_of_fred() == ""  # the server describes every series
    upstream.extra["/fred/series"] = lambda _: Answer(
        {"error_message": "The value for variable api_key is not registered."}, 400
    )
    assert "Correct FRED_API_KEY" in fault_of_fred()
    assert SHOWN not in fault_of_fred()


FAULTS = {
    "busy": (Answer("", 429, {"Retry-After": "60"}), "fred answered HTTP 429"),
    "down": (Answer("", 503), "fred answered HTTP 503"),
    "a portal": (Answer("<html>log in</html>"), "an HTML page instead of CSV"),
    "a redirect": (Answer("", 302, {"Location": "http://127.0.0.1:1/"}), "refused: HTTP 302"),
    "broken off": (Answer("obs", claimed=99), "broke off"),
    "a reset": (Answer("obs", claimed=99, reset=True), "broke off"),
    "another file": (Answer("a,b\n1,2\n"), "the header is 'a,b'"),
    "nothing new": (Answer(graph_file([], [])), "no rows"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_said_in_one_line_after_one_request(fault: str, keyless: Upstream) -> None:
    answer, words = FAULTS[fault]
    keyless.serve(lambda _: answer)
    said = fault_of_fred()
    assert words in said
    assert "\n" not in said
    assert len(keyless.asked) == 1


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "nonsense"])
def test_no_server_and_no_address_are_faults_like_others(
    address: str, keyless: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLHEAD_FRED_GRAPH_BASE_URL", address)
    get_settings.cache_clear()
    assert fault_of_fred()


@pytest.mark.parametrize("slow", [Answer("x", delay=9), Answer("x" * 100, drip=0.1)])
def test_an_answer_that_takes_longer_than_the_limit_is_not_waited_for(
    slow: Answer, keyless: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyless.serve(lambda _: slow)
    began = monotonic()
    assert fault_of_fred(0.3) == "fred did not answer within 0.3 s"
    assert monotonic() - began < 2
    assert LIMIT == 5
