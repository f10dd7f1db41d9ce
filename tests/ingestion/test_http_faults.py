"""What goes wrong between here and an upstream: each ends in recovery or in the right error."""

import gzip
import threading
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx
import pytest

from tests.ingestion.forms import business_days, eia_page, eia_rows
from tests.ingestion.replay import KEY, SHOWN, Answer, Upstream
from wellhead import __version__
from wellhead.calendars import now
from wellhead.catalogue.lookup import find_instrument
from wellhead.errors import SourceError, SourceFormatError, SourceUnavailableError
from wellhead.ingestion import http, pacing, responses
from wellhead.ingestion.eia import PACE, Eia
from wellhead.ingestion.pacing import ATTEMPTS, LONGEST_WAIT, Pace
from wellhead.settings import get_settings

ROWS = eia_rows(business_days(3), ["18.27", "-36.98", ".833"])
GOOD = eia_page(ROWS)


def fetch() -> list[object]:
    return Eia().fetch(find_instrument("WTI"), "daily")["value"].tolist()


def waited(upstream: Upstream) -> list[float]:
    """The pauses before retries, without those that keep the pace."""
    return [pause for pause in upstream.pauses if pause > PACE.spacing]


PASSING = {
    "busy, without saying how long": [Answer("Too Many Requests", 429)],
    "busy, and saying how long": [Answer("slow down", 429, {"Retry-After": "7"})],
    "an error of the server": [Answer("oops", 500)],
    "a gateway in the way": [Answer("<html>Bad Gateway</html>", 502), Answer("", 504)],
    "busy as text with status 200": [Answer("Too Many Requests")],
    "EIA's own words for busy": [Answer({"error": {"code": "OVER_RATE_LIMIT"}}, 403)],
    "a transfer that breaks off": [Answer('{"response": {', claimed=9_999)],
    "JSON that breaks off": [Answer('{"response": {"total": "3", "da')],
    "an HTML page with status 200": [Answer("<!DOCTYPE html><html>maintenance</html>")],
    "a connection reset amid the body": [Answer('{"response": {', claimed=9_999, reset=True)],
    "a length that is too small": [Answer(GOOD.body, claimed=40)],
    "bytes that do not unpack": [Answer("no gzip", headers={"Content-Encoding": "gzip"})],
    "bytes that stop unpacking": [
        Answer(gzip.compress(GOOD.content)[:-20], headers={"Content-Encoding": "gzip"})
    ],
    "four faults in a row": [Answer("", 500), Answer("", 429), Answer("", 503), Answer("<html>")],
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_costs_no_row(fault: str, upstream: Upstream) -> None:
    upstream.script(*PASSING[fault], GOOD)
    assert fetch() == ["18.27", "-36.98", ".833"]
    assert len(upstream.asked) == len(PASSING[fault]) + 1


def test_a_fault_amid_the_pages_costs_no_row(upstream: Upstream) -> None:
    upstream.script(
        eia_page(ROWS[:2], 3),
        Answer("", 500),
        Answer("", 429, {"Retry-After": "1"}),
        eia_page(ROWS[2:], 3),
    )
    assert fetch() == ["18.27", "-36.98", ".833"]
    assert [asked.query["offset"] for asked in upstream.asked] == ["0", "2", "2", "2"]


LASTING: dict[str, tuple[Answer, type[SourceError], str]] = {
    "busy": (Answer("", 429), SourceUnavailableError, "HTTP 429"),
    "down": (Answer("", 503), SourceUnavailableError, "HTTP 503"),
    "busy as text": (Answer("Too Many Requests"), SourceUnavailableError, "HTTP 200"),
    "broken transfers": (Answer("{", claimed=99), SourceUnavailableError, "broke off"),
    "HTML": (Answer("<html>hello</html>"), SourceFormatError, "an HTML page"),
    "plain text": (Answer("hello"), SourceFormatError, "text instead of JSON"),
    "nothing": (Answer(""), SourceFormatError, "text instead of JSON"),
    "truncated JSON": (Answer('{"a": [1, 2'), SourceFormatError, r"cut off .*\(11 characters"),
    "a list": (Answer([1]), SourceFormatError, "not an object"),
    "a number that is none": (
        Answer('{"response": {"total": 1, "data": [{"value": NaN}]}}'),
        SourceFormatError,
        "JSON with the literal NaN",
    ),
    "brackets without end": (Answer("[" * 100_000), SourceFormatError, "cut off"),
    "bytes that do not unpack": (
        Answer("no gzip", headers={"Content-Encoding": "gzip"}),
        SourceFormatError,
        "cannot be unpacked",
    ),
    "a reset": (Answer("{", claimed=99, reset=True), SourceUnavailableError, "broke off"),
    "bytes of no character set": (Answer(b"{\xff\xfe"), SourceFormatError, "malformed"),
}  # a table, one case a line


@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_that_lasts_is_its_own_error_after_a_bounded_number_of_requests(
    fault: str, upstream: Upstream, reported_text: Callable[[BaseException], str]
) -> None:
    answer, error, words = LASTING[fault]
    upstream.serve(lambda _: answer)
    with pytest.raises(SourceError, match=words) as caught:
        fetch()
    assert type(caught.value) is error
    assert f"Tried {ATTEMPTS} times" in str(caught.value)
    assert len(upstream.asked) == ATTEMPTS
    assert SHOWN not in reported_text(caught.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, "nonsense"), (403, "<html>forbidden</html>"), (404, "{}"), (302, "")],
)
def test_a_refusal_is_not_asked_for_again(status: int, body: str, upstream: Upstream) -> None:
    upstream.serve(lambda _: Answer(body, status, {"Location": "http://127.0.0.1:1/"}))
    with pytest.raises(SourceUnavailableError, match=f"refused: HTTP {status}"):
        fetch()
    assert len(upstream.asked) == 1


def test_an_answer_that_never_comes_is_given_up(
    upstream: Upstream,
    monkeypatch: pytest.MonkeyPatch,
    reported_text: Callable[[BaseException], str],
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", httpx.Timeout(0.1))
    upstream.serve(lambda _: Answer("{}", delay=5))
    with pytest.raises(SourceUnavailableError, match="did not answer") as caught:
        fetch()
    assert SHOWN not in reported_text(caught.value)


def test_a_late_answer_is_asked_for_again(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", httpx.Timeout(0.3))
    upstream.script(Answer("{}", delay=5), GOOD)
    assert len(fetch()) == 3


def test_a_server_that_is_not_there_is_an_error(
    upstream: Upstream,
    monkeypatch: pytest.MonkeyPatch,
    reported_text: Callable[[BaseException], str],
) -> None:
    monkeypatch.setenv("WELLHEAD_EIA_BASE_URL", "http://127.0.0.1:1")
    get_settings.cache_clear()
    with pytest.raises(SourceUnavailableError, match="cannot be reached") as caught:
        fetch()
    assert SHOWN not in reported_text(caught.value)


def test_a_body_larger_than_any_answer_is_not_read_to_its_end(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responses, "LARGEST", 2**20)
    packed = gzip.compress(b" " * 2**26)  # 64 MiB in 65 KB
    upstream.serve(lambda _: Answer(packed, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(SourceFormatError, match="more than 1 MiB"):
        fetch()


def test_an_answer_that_drips_is_given_up_at_the_deadline(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responses, "DEADLINE", 0.2)
    upstream.serve(lambda _: Answer(GOOD.body, drip=0.05))  # each byte comes well in time
    with pytest.raises(SourceUnavailableError, match="did not finish its answer"):
        fetch()


def test_patience_has_an_end_whatever_the_pauses_asked_for(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "PATIENCE", 50)
    upstream.serve(lambda _: Answer("", 429, {"Retry-After": "60"}))
    with pytest.raises(SourceUnavailableError, match="Tried once"):
        fetch()


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "klingon"])
def test_a_character_set_claimed_wrongly_does_no_harm(charset: str, upstream: Upstream) -> None:
    body = GOOD.content.replace(b'"x"', '"Öl"'.encode())
    upstream.script(Answer(body, headers={"Content-Type": f"application/json; charset={charset}"}))
    assert fetch() == ["18.27", "-36.98", ".833"]


def test_words_of_an_upstream_are_quoted_short_and_clean(upstream: Upstream) -> None:
    upstream.script(Answer({"error": "\x1b[31mno\n" + "x" * 10_000, "code": 400}, 400))
    with pytest.raises(SourceUnavailableError, match=r"no x+ …\. If") as caught:
        fetch()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


ECHOES = {
    "as text": f"bad key {KEY}",
    "as a URL writes it": f"bad request ?api_key={quote(KEY, safe='')}",
    "as a form writes it": f"bad request ?api_key={quote_plus(KEY)}",
}


@pytest.mark.parametrize("echo", ECHOES)
def test_a_key_that_the_upstream_repeats_goes_no_further(
    echo: str, upstream: Upstream, reported_text: Callable[[BaseException], str]
) -> None:
    upstream.script(Answer({"error": ECHOES[echo], "code": 403}, 403))
    with pytest.raises(SourceUnavailableError, match=r"bad .*[*]{3}") as caught:
        fetch()
    assert SHOWN not in reported_text(caught.value)


def test_a_redirect_does_not_carry_the_key_elsewhere(upstream: Upstream) -> None:
    upstream.script(Answer("", 302, {"Location": f"{upstream.url}/elsewhere"}))
    with pytest.raises(SourceUnavailableError, match="HTTP 302"):
        fetch()
    assert [asked.path for asked in upstream.asked] == ["/v2/petroleum/pri/spt/data/"]


def test_a_proxy_of_the_environment_is_used(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, upstream.url)
    monkeypatch.setenv("WELLHEAD_EIA_BASE_URL", "http://eia.invalid")
    get_settings.cache_clear()
    upstream.script(GOOD)
    assert len(fetch()) == 3
    assert upstream.asked[0].headers["Host"] == "eia.invalid"


def test_who_asks_says_so(upstream: Upstream) -> None:
    upstream.script(GOOD)
    fetch()
    assert upstream.asked[0].headers["User-Agent"] == f"wellhead/{__version__}"


@pytest.mark.parametrize("stated", ["7", "in seven seconds from now"])
def test_the_pause_that_is_asked_for_is_kept(stated: str, upstream: Upstream) -> None:
    date = format_datetime(now().to_pydatetime() + timedelta(seconds=7.9), usegmt=True)
    upstream.script(Answer("", 429, {"Retry-After": stated if stated == "7" else date}), GOOD)
    fetch()
    assert waited(upstream) == [pytest.approx(7, abs=1)]


def test_a_pause_longer_than_patience_is_an_error_and_not_waited_for(upstream: Upstream) -> None:
    upstream.script(Answer("", 429, {"Retry-After": "3600"}))
    with pytest.raises(SourceUnavailableError, match=r"asks for a pause of 3600 s\. Tried once"):
        fetch()
    assert waited(upstream) == []
    assert LONGEST_WAIT < 3600


@pytest.mark.parametrize("stated", ["soon", "-3", "Wed, 01 Jan 2020 00:00:00 GMT", "²"])
def test_a_pause_that_makes_no_sense_does_no_harm(stated: str, upstream: Upstream) -> None:
    header = {"Retry-After": stated.encode().decode("latin-1")}
    upstream.script(Answer("", 429, header), GOOD)
    assert len(fetch()) == 3
    assert all(0 <= pause <= 30 for pause in upstream.pauses)


def test_pauses_between_attempts_are_random_and_bounded(upstream: Upstream) -> None:
    upstream.serve(lambda _: Answer("", 500))
    for _ in range(3):
        with pytest.raises(SourceUnavailableError):
            fetch()
    assert all(pause <= 30 for pause in upstream.pauses)
    assert len(set(upstream.pauses)) > ATTEMPTS


# --- the pace -----------------------------------------------------------------------------------


def test_requests_are_spaced_to_keep_both_limits() -> None:
    assert Pace("a", per_second=4, per_minute=1_000).spacing == 0.25
    assert Pace("a", per_second=4, per_minute=100).spacing == pytest.approx(0.6)


def test_the_pace_is_kept_by_threads_and_instances_together(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WELLHEAD_VAR_DIR", str(tmp_path))
    get_settings.cache_clear()
    moments: list[float] = []

    def ask() -> None:
        Pace("together", per_second=20, per_minute=6_000).wait()
        moments.append(pacing.monotonic())

    threads = [threading.Thread(target=ask) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    get_settings.cache_clear()
    assert max(moments) - min(moments) >= 5 * 0.05 * 0.9


@pytest.mark.parametrize("kept", ["", "nonsense", "1e300"])
def test_a_spoilt_note_of_the_last_request_holds_nothing_up(
    kept: str, upstream: Upstream, tmp_path: Path
) -> None:
    note = tmp_path / "var" / "pace" / "eia"
    note.parent.mkdir(parents=True)
    note.write_text(kept)
    upstream.script(GOOD)
    fetch()
    assert all(pause <= PACE.spacing for pause in upstream.pauses)
