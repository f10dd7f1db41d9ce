"""Where a backtest is computed changes nothing but how long it takes."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.paths import ROOT
from wellhead.calendars import sessions_between
from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.errors import NotEnoughHistoryError, SettingsError
from wellhead.evaluation.backtesting.backtest import backtest, backtests
from wellhead.evaluation.backtesting.execution import run_parallel
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.settings import get_settings

PLAN = BacktestPlan(
    start="2018-01-02",
    end="2019-06-28",
    step=10,
    refit=60,
    horizon=10,
    months=3,
    targets=("daily", "monthly"),
)
MODELS: dict[str, dict[str, object]] = {"no-change": {}, "drift": {}, "arima": {}}


def observations() -> pd.DataFrame:
    days = sessions_between("NYSE", "2014-01-02", "2019-12-31")
    values = 60 + np.random.default_rng(5).normal(size=len(days)).cumsum()
    known = RELEASE_RULES["same-day-close"](days)
    return pd.DataFrame({"observed_at": days, "available_at": known, "value": values})


@pytest.fixture(scope="module")
def expected() -> dict[str, pd.DataFrame]:
    """In one process, one block after another."""
    return backtests(MODELS, observations(), PLAN, "NYSE", processes=1)


def _assert_same(got: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame]) -> None:
    assert list(got) == list(expected)
    for name, frame in got.items():
        pd.testing.assert_frame_equal(frame, expected[name], check_exact=True)


def test_units_come_back_in_their_order_and_progress_counts_their_weight() -> None:
    calls: list[tuple[int, int]] = []
    units = [(n, 2) for n in range(4)]
    results = run_parallel(
        pow, units, processes=1, weights=[1, 5, 2, 2], progress=lambda *n: calls.append(n)
    )
    assert results == [0, 1, 4, 9]
    assert calls == [(1, 10), (6, 10), (8, 10), (10, 10)]


def test_each_model_alone_is_the_same(expected) -> None:
    for name, params in MODELS.items():
        alone = backtest(name, params, observations(), PLAN, "NYSE")
        pd.testing.assert_frame_equal(alone, expected[name], check_exact=True)


def test_origins_in_one_piece_or_in_many_are_the_same(expected) -> None:
    """A later start that falls on the grid of fits, and an earlier end, cut and change nothing."""
    days = sessions_between("NYSE", PLAN.start, PLAN.end)
    for first, last in ((0, 119), (120, 299)):
        part = BacktestPlan(**{**vars(PLAN), "start": days[first], "end": days[last]})
        got = backtest("arima", {}, observations(), part, "NYSE")
        made = got["made_at"]
        whole = expected["arima"]
        within = whole[whole["made_at"].between(made.min(), made.max())]
        assert len(got) == len(within)
        pd.testing.assert_frame_equal(got, within.reset_index(drop=True), check_exact=True)


@pytest.mark.slow
@pytest.mark.parametrize("processes", [2, 3])
def test_local_processes_give_the_same(processes: int, expected) -> None:
    calls: list[tuple[int, int]] = []
    got = backtests(
        MODELS,
        observations(),
        PLAN,
        "NYSE",
        processes=processes,
        progress=lambda *n: calls.append(n),
    )
    _assert_same(got, expected)
    origins = sum(frame.groupby(["target_kind", "made_at"]).ngroups for frame in got.values())
    assert calls[-1][0] == calls[-1][1] <= origins


@pytest.mark.slow
def test_an_error_of_a_process_is_the_error_of_the_backtest() -> None:
    early = BacktestPlan(start="2014-02-03", end="2014-12-31", refit=60)
    with pytest.raises(NotEnoughHistoryError, match="needs 250 observations"):
        backtest("arima", {}, observations(), early, "NYSE", processes=2)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _started(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]]
    return subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src" / "lib")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A Dask scheduler on loopback, named by DASK_SCHEDULER; it has no workers yet."""
    address = f"tcp://127.0.0.1:{_free_port()}"
    port = address.rpartition(":")[2]
    running = _started(
        "dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show"
    )
    monkeypatch.setenv("DASK_SCHEDULER", address)
    get_settings.cache_clear()
    try:
        _wait_for(int(port))
        yield address
    finally:
        running.terminate()
        running.communicate(timeout=20)
        monkeypatch.undo()
        get_settings.cache_clear()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError(port)


@pytest.mark.slow
def test_two_workers_over_tcp_give_the_same(scheduler: str, expected, tmp_path: Path) -> None:
    workers = [
        _started(
            "dask_worker",
            scheduler,
            "--host",
            "127.0.0.1",
            "--nthreads",
            "1",
            "--no-dashboard",
            "--no-nanny",
            "--name",
            f"worker-{n}",
            "--local-directory",
            str(tmp_path / str(n)),
        )
        for n in range(2)
    ]
    try:
        calls: list[tuple[int, int]] = []
        got = backtests(MODELS, observations(), PLAN, "NYSE", progress=lambda *n: calls.append(n))
        ran = _tasks_by_worker(scheduler)
    finally:
        for worker in workers:
            worker.terminate()
            worker.communicate(timeout=20)
    _assert_same(got, expected)
    assert calls[-1][0] == calls[-1][1]
    assert len(ran) == 2
    assert all(pid not in (os.getpid(), None) for pid in ran.values())
    assert len(set(ran.values())) == 2


def _tasks_by_worker(address: str) -> dict[str, int]:
    """The process of each worker."""
    from distributed import Client

    with Client(address) as client:
        return dict(client.run(os.getpid))


@pytest.mark.slow
def test_a_scheduler_without_workers_is_reported(
    scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wellhead.evaluation.backtesting.cluster.PATIENCE", 2)
    with pytest.raises(SettingsError, match=re.escape(f"{scheduler} has no worker")):
        run_parallel(pow, [(2, 2)])


def test_a_scheduler_that_does_not_answer_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"tcp://127.0.0.1:{_free_port()}"
    monkeypatch.setattr("wellhead.evaluation.backtesting.cluster.PATIENCE", 1)
    monkeypatch.setenv("DASK_SCHEDULER", address)
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match=f"no scheduler answers at {address}"):
        run_parallel(pow, [(2, 2)])
    monkeypatch.setenv("DASK_SCHEDULER", "nonsense::")
    get_settings.cache_clear()
    with pytest.raises(SettingsError, match="DASK_SCHEDULER"):
        run_parallel(pow, [(2, 2)])
    monkeypatch.undo()
    get_settings.cache_clear()


def test_a_worker_with_other_versions_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    from wellhead.evaluation.backtesting import cluster

    class Cluster:
        """A client whose one worker has another pandas."""

        def wait_for_workers(self, count: int, timeout: float) -> None:
            """It has one."""

        def run(self, function: object, on_error: str) -> dict[str, object]:
            return {"tcp://w:1": {**cluster.versions(), "pandas": "2.0.0"}}

    with pytest.raises(SettingsError, match=r"worker tcp://w:1 has pandas 2\.0\.0 and this"):
        cluster._require_same_versions(Cluster())
