"""Load on a running server, bounded in count and time: rotations, wrong keys, memory."""

import http.client
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psutil
import pytest
import sqlalchemy as sa

from tests.api.access import bearer, key
from tests.api.serving import Server, served
from tests.workbench import Workbench
from wellhead.database.engine import get_engine
from wellhead.workflows.access.keys import create_key, rotate_key
from wellhead.workflows.access.tokens import new_token

pytestmark = pytest.mark.slow

GENEROUS = {"WELLHEAD_API_LIMIT": "1000000/minute"}
FORECAST = "/v1/forecasts/WTI?days=5"
PATHS = (
    "/v1/forecasts/WTI?days={}",
    "/v1/forecasts/WTI/history?limit={}",
    "/v1/prices/WTI?limit={}",
    "/v1/scores/WTI",
    "/v1/commodities",
    "/v1/forecasts/unobtainium",
)


class Asker:
    """Asks on one connection, which it opens again after the server has closed it."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        self.statuses: Counter[int] = Counter()

    def ask(self, path: str, text: str) -> int:
        self._connection.request("GET", path, headers=bearer(text))
        response = self._connection.getresponse()
        response.read()
        self.statuses[response.status] += 1
        return response.status


@contextmanager
def asking(server: Server, text: Callable[[], str], path: str = FORECAST) -> Iterator[Asker]:
    """A client that asks without pause while the block runs."""
    asker, ended = Asker(server), threading.Event()

    def ask() -> None:
        while not ended.is_set():
            asker.ask(path, text())

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield asker
    finally:
        ended.set()
        thread.join(30)


def test_a_rotation_costs_a_client_no_request(own_workbench: Workbench) -> None:
    keys = [create_key("report")]
    with (
        served({**own_workbench.settings, **GENEROUS}) as server,
        asking(server, lambda: keys[-1].text) as new,
        asking(server, lambda: keys[0].text) as old,
    ):
        for _ in range(4):
            time.sleep(1)
            keys.append(rotate_key(keys[-1].key.key_id, overlap_days=1))
        time.sleep(2)
    assert set(new.statuses) == {200}
    assert set(old.statuses) == {200}  # each of the earlier keys is valid for a day
    assert new.statuses.total() > 100


def test_ten_thousand_wrong_keys_are_refused_and_right_ones_served(
    own_workbench: Workbench,
) -> None:
    right = key()
    with served({**own_workbench.settings, **GENEROUS}) as server:
        askers = [Asker(server) for _ in range(4)]

        def attack(asker: Asker) -> None:
            for _ in range(2_500):
                asker.ask(FORECAST, new_token().text)

        threads = [threading.Thread(target=attack, args=(asker,)) for asker in askers]
        with asking(server, lambda: right) as served_client:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(200)
    refused = sum((asker.statuses for asker in askers), Counter())
    assert refused.total() == 10_000
    assert set(refused) == {401, 429}
    assert refused[401] < 400  # 20 a minute
    assert set(served_client.statuses) == {200}
    assert served_client.statuses.total() > 100


def test_memory_and_connections_stay_as_they_are(own_workbench: Workbench) -> None:
    """The half hour of benchmarks/api_soak.py in as many requests as fit into seconds."""
    text = key()
    with served({**own_workbench.settings, **GENEROUS}) as server:
        asker, paths = Asker(server), itertools.cycle(PATHS)

        def ask(count: int) -> None:
            for number, path in zip(range(count), paths, strict=False):
                asker.ask(path.format(1 + number % 60), text)

        ask(3_000)
        before = _memory(server), _connections()
        ask(6_000)
        after = _memory(server), _connections()
    assert set(asker.statuses) == {200, 404}
    assert after[0] < 1.05 * before[0]
    assert after[1] <= before[1]


def _memory(server: Server) -> int:
    return int(psutil.Process(server.process.pid).memory_info().rss)


def _connections() -> int:
    """Connections of all programs to the database of the workbench."""
    question = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    with get_engine().connect() as connection:
        return int(connection.scalar(sa.text(question)) or 0)
