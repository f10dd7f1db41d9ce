"""Our rolling backtests beside the peers' own cross-validation: same prices, same cutoffs.

    sh benchmarks/peers/make.sh
    .venv/bin/python benchmarks/backtest_speed.py [--peers benchmarks/peers/.venv] [--windows 25]

Prints, for ARIMA, Prophet and LSTM, the median seconds of several runs in turn, their ratio, and
the mean squared errors on the cutoffs and horizons both have, over no-change's; and the seconds of
ours at one, two and four times the origins. Prices are those of the archive (WTI to 2019), their
days counted off on weekdays, so that a step is a row for everybody. One process each.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from arch.data import wti

from wellhead.calendars import RELEASE_RULES
from wellhead.training import BacktestPlan, backtest

PAIRS = {
    # peer -> our model, rows from fit to fit of the peer (0: at every cutoff), and what to reach
    "auto-arima": ("arima", 0, 10),
    "prophet": ("prophet", 0, 2),
    "lstm": ("lstm", 250, 3),
}
HERE = Path(__file__).parent
_ONE_THREAD = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "HOME": tempfile.gettempdir()}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--peers", type=Path, default=HERE / "peers" / ".venv")
    arguments.add_argument("--windows", type=int, default=25)
    arguments.add_argument("--step", type=int, default=10)
    arguments.add_argument("--horizon", type=int, default=21)
    arguments.add_argument("--window", type=int, default=1500, help="rows the peers are fitted on")
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--only", choices=PAIRS, nargs="*", default=list(PAIRS))
    given = arguments.parse_args()
    prices = _prices()
    for peer in given.only:
        _compare(peer, prices, given)
    for peer in given.only:
        _linear(PAIRS[peer][0], prices, given)


def _prices() -> pd.Series:
    value = wti.load().iloc[:, 0].dropna()
    days = pd.bdate_range(end=value.index[-1], periods=len(value), tz="UTC")
    return pd.Series(value.to_numpy(), index=days)


def _compare(peer: str, prices: pd.Series, given: argparse.Namespace) -> None:
    model, refit, target = PAIRS[peer]
    first = len(prices) - given.horizon - 1 - given.step * (given.windows - 1)
    numbers = [first, given.windows, given.step, given.horizon, given.window, refit]
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "prices.csv")
        pd.DataFrame({"ds": prices.index.strftime("%Y-%m-%d"), "y": prices}).to_csv(
            path, index=False
        )
        command = [given.peers / "bin" / "python", HERE / "peers" / "peer.py", peer, path]
        with subprocess.Popen(
            [*map(str, command), *map(str, numbers)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, cwd=folder, env=_ONE_THREAD,
        ) as running:  # fmt: skip
            _ask(running)  # compilers and caches warm up
            _ours(model, prices, first, given)
            for _ in range(given.repeats):
                ours.append(_ours(model, prices, first, given))
                theirs.append(_ask(running))
            running.stdin.close()
    _report(peer, model, prices, ours, theirs, target)


def _ask(running: subprocess.Popen) -> dict:
    running.stdin.write("\n")
    running.stdin.flush()
    for line in running.stdout:
        if line.startswith('{"wall"'):
            return json.loads(line)
    raise SystemExit("the peer ended: run benchmarks/peers/peer.py by hand to see why")


def _ours(
    model: str, prices: pd.Series, first: int, given: argparse.Namespace, times: int = 1
) -> dict:
    days = pd.DatetimeIndex(prices.index)
    known = RELEASE_RULES["same-day-close"](days)
    observed = pd.DataFrame(
        {"observed_at": days, "available_at": known, "value": prices.to_numpy()}
    )
    last = first + given.step * (given.windows * times - 1)
    plan = BacktestPlan(days[first], days[last], step=given.step, horizon=given.horizon)
    wall, cpu = time.perf_counter(), sum(os.times()[:4])  # Prophet fits in a child process
    frame = backtest(model, {}, observed, plan, "weekdays")
    wall, cpu = time.perf_counter() - wall, sum(os.times()[:4]) - cpu
    rows = days.get_indexer(frame["last_observed_at"]).tolist()
    triples = zip(rows, frame["horizon"].tolist(), frame["mean"].tolist(), strict=True)
    return {"wall": wall, "cpu": cpu, "forecasts": list(triples)}


def _report(
    peer: str, model: str, prices: pd.Series, ours: list[dict], theirs: list[dict], target: float
) -> None:
    both = [_errors(runs[0]["forecasts"], prices) for runs in (ours, theirs)]
    common = both[0].index.intersection(both[1].index)
    mse = [float((errors.loc[common, "made"] ** 2).mean()) for errors in both]
    plain = float((both[0].loc[common, "no_change"] ** 2).mean())
    wall, cpu = (
        [statistics.median(run[clock] for run in runs) for runs in (ours, theirs)]
        for clock in ("wall", "cpu")
    )
    cutoffs = common.get_level_values(0).nunique()
    print(
        f"{model} against {peer}: {cutoffs} cutoffs; {wall[0]:.2f} s against {wall[1]:.2f} s, "
        f"{wall[1] / wall[0]:.1f} times (to reach {target}); CPU {cpu[1] / cpu[0]:.1f} times; "
        f"MSPE over no-change {mse[0] / plain:.3f} against {mse[1] / plain:.3f}",
        flush=True,
    )


def _errors(forecasts: list, prices: pd.Series) -> pd.DataFrame:
    rows = pd.DataFrame(forecasts, columns=["cutoff", "horizon", "forecast"])
    came = prices.to_numpy()[rows["cutoff"] + rows["horizon"]]
    last = prices.to_numpy()[rows["cutoff"]]
    errors = rows.assign(made=rows["forecast"] - came, no_change=last - came)
    return errors.set_index(["cutoff", "horizon"])


def _linear(model: str, prices: pd.Series, given: argparse.Namespace) -> None:
    first = len(prices) - given.horizon - 1 - given.step * (4 * given.windows - 1)
    told = []
    for times in (1, 2, 4):
        seconds = [_ours(model, prices, first, given, times)["cpu"] for _ in range(given.repeats)]
        told.append(f"{times * given.windows} origins {np.median(seconds):.2f} s")
    print(f"{model}, CPU: {', '.join(told)}", flush=True)


if __name__ == "__main__":
    main()
