"""A load that is stopped goes on where it stopped, and shows nothing before it is whole."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.ingestion.forms import business_days, eia_page, eia_rows, eia_server
from tests.ingestion.replay import KEY, SHOWN, Answer, Asked, Upstream
from tests.loads import ingest
from wellhead.calendars import now
from wellhead.database.digests import stored_digest
from wellhead.database.engine import get_engine
from wellhead.database.operations import stored_spans
from wellhead.errors import (
    SourceError,
    SourceFormatError,
    SourceUnavailableError,
    UnitMismatchError,
    ValidationRefusedError,
)
from wellhead.ingestion import backfill

WIDEST = 100
ROWS = eia_rows(business_days(550, "2022-01-03"), [f"{60 + i % 40}.25" for i in range(550)])
RESPOND = eia_server(ROWS, WIDEST)
LOAD = (
    "from wellhead.workflows.loading.ingest import ingest; "
    "from wellhead.workflows.loading.sources import find_at_source; "
    "ingest(*find_at_source('WTI', 'eia'))"
)


def offsets(upstream: Upstream) -> list[int]:
    return [int(asked.query["offset"]) for asked in upstream.asked]


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "var" / "backfill").rglob("*.json"), key=lambda path: int(path.stem))


def start_load(address: str, upstream: Upstream, folder: Path) -> "subprocess.Popen[str]":
    """A load as a program of its own."""
    own = {
        "DATABASE_URL": address,
        "EIA_API_KEY": KEY,
        "WELLHEAD_EIA_BASE_URL": upstream.url,
        "WELLHEAD_VAR_DIR": str(folder / "var"),
    }
    return subprocess.Popen(
        [sys.executable, "-c", LOAD],
        env={**os.environ, **own},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.slow
@pytest.mark.parametrize("killed_at", [100, 400])
def test_a_load_killed_between_pages_is_finished_by_the_next(
    killed_at: int,
    upstream: Upstream,
    new_store: Callable[[], str],
    use_store: Callable[[str], None],
    tmp_path: Path,
) -> None:
    reached = threading.Event()

    def stop_there(asked: Asked) -> Answer:
        if int(asked.query["offset"]) < killed_at:
            return RESPOND(asked)
        reached.set()
        return Answer("", delay=60)

    address = new_store()
    use_store(address)
    get_engine()  # the child finds the tables made
    upstream.serve(stop_there)
    child = start_load(address, upstream, tmp_path)
    assert reached.wait(120)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert offsets(upstream) == list(range(0, killed_at + 1, WIDEST))
    assert [int(path.stem) for path in kept(tmp_path)] == list(range(0, killed_at, WIDEST))
    assert stored_spans().empty

    upstream.asked.clear()
    upstream.serve(RESPOND)
    child = start_load(address, upstream, tmp_path)
    _, complaint = child.communicate(timeout=120)
    assert child.returncode == 0, complaint
    assert offsets(upstream) == list(range(killed_at, 550, WIDEST))
    assert kept(tmp_path) == []
    resumed = stored_digest("WTI", "eia")

    use_store(new_store())
    ingest("WTI", "eia")
    assert stored_digest("WTI", "eia") == resumed


@pytest.fixture
def stopped(store: str, upstream: Upstream, tmp_path: Path) -> list[Path]:
    """What a load has left that broke off behind its third page."""
    upstream.serve(
        lambda asked: RESPOND(asked) if int(asked.query["offset"]) < 300 else Answer("", 403)
    )
    with pytest.raises(SourceUnavailableError):
        ingest("WTI", "eia")
    upstream.asked.clear()
    upstream.serve(RESPOND)
    assert len(kept(tmp_path)) == 3
    return kept(tmp_path)


def test_pages_of_before_are_not_asked_for_again(stopped: list[Path], upstream: Upstream) -> None:
    (loaded,) = ingest("WTI", "eia")
    assert offsets(upstream) == [300, 400, 500]
    assert loaded.answer.pages == 6
    assert loaded.batch["rows_added"] == 550
    assert not any(path.exists() for path in stopped)


def test_nothing_of_a_stopped_load_is_stored_and_no_key_is_kept(stopped: list[Path]) -> None:
    assert stored_spans().empty
    for path in stopped:
        assert SHOWN not in path.read_text()


def test_a_series_published_meanwhile_is_read_from_the_beginning(
    stopped: list[Path], upstream: Upstream, tmp_path: Path
) -> None:
    longer = [*ROWS, *eia_rows(["2024-02-15"], ["-36.98"])]
    upstream.serve(eia_server(longer, WIDEST))
    (loaded,) = ingest("WTI", "eia")
    assert offsets(upstream) == [300, 0, 100, 200, 300, 400, 500]
    assert loaded.batch["rows_added"] == 551
    assert kept(tmp_path) == []


def test_pages_that_no_longer_fit_are_read_anew(stopped: list[Path], upstream: Upstream) -> None:
    moved = [*eia_rows(["2021-12-31"], ["59.25"]), *ROWS[:-1]]  # as many, one day earlier
    upstream.serve(eia_server(moved, WIDEST))
    (loaded,) = ingest("WTI", "eia")
    assert offsets(upstream)[:2] == [300, 0]
    assert loaded.batch["rows_received"] == 550
    assert str(loaded.rows["observed_at"].min().date()) == "2021-12-31"


@pytest.mark.parametrize("spoilt", ["stale", "broken", "of another total", "empty"])
def test_kept_pages_that_cannot_be_trusted_are_not_used(
    spoilt: str, stopped: list[Path], upstream: Upstream
) -> None:
    page = json.loads(stopped[0].read_text())
    page |= {
        "stale": {"kept_at": str(now() - backfill.STALE_AFTER - timedelta(seconds=1))},
        "of another total": {"total": 551},
        "empty": {"rows": []},
        "broken": {},
    }[spoilt]
    text = json.dumps(page)
    stopped[0].write_text(text[:-20] if spoilt == "broken" else text)
    (loaded,) = ingest("WTI", "eia")
    assert 0 in offsets(upstream)
    assert loaded.batch["rows_added"] == 550


REFUSED: dict[str, tuple[Answer, type[SourceError] | type[ValidationRefusedError]]] = {
    "pages that repeat": (eia_page(ROWS[:100], 550), SourceFormatError),
    "another unit at the end": (
        eia_page(eia_rows([row["period"] for row in ROWS[300:]], [1] * 250, units="$/GAL"), 550),
        UnitMismatchError,
    ),
    "values that the gate refuses": (
        eia_page(eia_rows([row["period"] for row in ROWS[300:]], ["7000"] * 250), 550),
        ValidationRefusedError,
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_was_refused_is_not_met_again(
    fault: str, stopped: list[Path], upstream: Upstream, tmp_path: Path
) -> None:
    answer, error = REFUSED[fault]
    upstream.serve(lambda _: answer)
    with pytest.raises(error):
        ingest("WTI", "eia")
    assert kept(tmp_path) == []


def test_a_load_of_one_page_keeps_nothing(store: str, upstream: Upstream, tmp_path: Path) -> None:
    upstream.serve(eia_server(ROWS))
    ingest("WTI", "eia")
    assert not (tmp_path / "var" / "backfill").exists()
