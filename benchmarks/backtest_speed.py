"""Compare our rolling backtests with cross-validation of other libraries: same prices and cutoffs.

    sh benchmarks/peers/make.sh
    .venv/bin/python benchmarks/backtest_speed.py [--peers benchmarks/peers/.venv] [--windows 25]
                                                  [--alike] [--steps 200]

Prints, for ARIMA, Prophet and LSTM, the median seconds of several interleaved runs, their ratio,
and the mean squared errors on common cutoffs and horizons, relative to no-change; and our seconds
at one, two and four times the origins. Prices are those of the archive (WTI to 2019), with their
days renumbered as weekdays, so that a step is one row for every library. Each side runs in one
process, which has run once before it is timed.

Each side refits by its own rule: ours every 250 rows, statsforecast and Prophet at every cutoff,
neuralforecast once, for `--steps`; ours trains until its early stop. `--alike` also compares with
equally many fits on both sides. Exits with status 1 if ours misses the goal for speed, is less
accurate by more than 1 %, or takes more than five times as long for four times the origins.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from arch.data import wti
from figures import require

from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.evaluation.backtesting.backtest import backtest
from wellhead.evaluation.backtesting.origins import BacktestPlan

EVERY = 250  # rows from fit to fit of ours


@dataclass(frozen=True)
class Pair:
    """Two models to compare, the rows between fits of each (0: every cutoff), and the goal."""

    peer: str
    model: str
    our_refit: int
    their_refit: int
    target: float | None = None

    def __str__(self) -> str:
        fits = [f"a fit every {n} rows" if n else "one a cutoff" for n in self.refits]
        return f"{self.model} ({fits[0]}) against {self.peer} ({fits[1]})"

    @property
    def refits(self) -> tuple[int, int]:
        """Ours and theirs."""
        return self.our_refit, self.their_refit


PAIRS = (
    Pair("auto-arima", "arima", EVERY, 0, 10),
    Pair("prophet", "prophet", EVERY, 0, 2),
    Pair("lstm", "lstm", EVERY, EVERY, 3),
)
ALIKE = (
    Pair("auto-arima", "arima", 0, 0),
    Pair("auto-arima", "arima", EVERY, EVERY),
    Pair("prophet", "prophet", 0, 0),
)
WORSE, LINEAR = 1.01, 1.25  # what MSPE and seconds an origin may be of the peer's, and of fewer's
HERE = Path(__file__).parent
_ONE_THREAD = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "HOME": tempfile.gettempdir()}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--peers", type=Path, default=HERE / "peers" / ".venv")
    arguments.add_argument("--windows", type=int, default=25)
    arguments.add_argument("--step", type=int, default=10)
    arguments.add_argument("--horizon", type=int, default=21)
    arguments.add_argument("--window", type=int, default=1500, help="rows the peers are fitted on")
    arguments.add_argument("--steps", type=int, default=200, help="neuralforecast's, of 1,000")
    arguments.add_argument("--repeats", type=int, default=3)
    names = [pair.peer for pair in PAIRS]
    arguments.add_argument("--only", choices=names, nargs="*", default=names)
    arguments.add_argument("--alike", action="store_true", help="also with as many fits each")
    given = arguments.parse_args()
    prices, claims = _prices(), {}
    for pair in PAIRS + ALIKE * given.alike:
        if pair.peer in given.only:
            claims |= _compare(pair, prices, given)
    for pair in PAIRS:
        if pair.peer in given.only:
            claims |= _linear(pair.model, prices, given)
    require(claims)


def _prices() -> pd.Series:
    value = wti.load().iloc[:, 0].dropna()
    days = pd.bdate_range(end=value.index[-1], periods=len(value), tz="UTC")
    return pd.Series(value.to_numpy(), index=days)


def _compare(pair: Pair, prices: pd.Series, given: argparse.Namespace) -> dict[str, bool]:
    first = len(prices) - given.horizon - 1 - given.step * (given.windows - 1)
    shape = [first, given.windows, given.step, given.horizon, given.window]
    numbers = [*shape, pair.their_refit, given.steps]
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "prices.csv")
        pd.DataFrame({"ds": prices.index.strftime("%Y-%m-%d"), "y": prices}).to_csv(
            path, index=False
        )
        command = [given.peers / "bin" / "python", HERE / "peers" / "peer.py", pair.peer, path]
        with subprocess.Popen(
            [*map(str, command), *map(str, numbers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=folder,
            env=_ONE_THREAD,
        ) as running:
            _ask(running)  # compilers and caches warm up
            _ours(pair.model, prices, first, given, refit=pair.our_refit)
            for _ in range(given.repeats):
                ours.append(_ours(pair.model, prices, first, given, refit=pair.our_refit))
                theirs.append(_ask(running))
            running.stdin.close()
    return _report(pair, prices, ours, theirs)


def _ask(running: subprocess.Popen) -> dict:
    running.stdin.write("\n")
    running.stdin.flush()
    for line in running.stdout:
        if line.startswith('{"wall"'):
            return json.loads(line)
    raise SystemExit("the peer ended: run benchmarks/peers/peer.py by hand to see why")


def _ours(
    model: str,
    prices: pd.Series,
    first: int,
    given: argparse.Namespace,
    times: int = 1,
    refit: int = EVERY,
) -> dict:
    days = pd.DatetimeIndex(prices.index)
    known = RELEASE_RULES["same-day-close"](days)
    observed = pd.DataFrame(
        {"observed_at": days, "available_at": known, "value": prices.to_numpy()}
    )
    last = first + given.step * (given.windows * times - 1)
    plan = BacktestPlan(
        days[first], days[last], step=given.step, horizon=given.horizon, refit=refit or given.step
    )
    wall, cpu = time.perf_counter(), sum(os.times()[:4])  # Prophet fits in a child process
    frame = backtest(model, {}, observed, plan, "weekdays")
    wall, cpu = time.perf_counter() - wall, sum(os.times()[:4]) - cpu
    rows = days.get_indexer(frame["last_observed_at"]).tolist()
    triples = zip(rows, frame["horizon"].tolist(), frame["mean"].tolist(), strict=True)
    return {"wall": wall, "cpu": cpu, "forecasts": list(triples)}


def _report(pair: Pair, prices: pd.Series, ours: list[dict], theirs: list[dict]) -> dict[str, bool]:
    both = [_errors(runs[0]["forecasts"], prices) for runs in (ours, theirs)]
    common = both[0].index.intersection(both[1].index)
    plain = float((both[0].loc[common, "no_change"] ** 2).mean())
    mse = [float((errors.loc[common, "made"] ** 2).mean()) / plain for errors in both]
    wall, cpu = (
        [statistics.median(run[clock] for run in runs) for runs in (ours, theirs)]
        for clock in ("wall", "cpu")
    )
    cutoffs, faster = common.get_level_values(0).nunique(), cpu[1] / cpu[0]
    print(
        f"{pair}: {cutoffs} cutoffs; {wall[0]:.2f} s against {wall[1]:.2f} s, "
        f"{wall[1] / wall[0]:.1f} times; CPU {cpu[0]:.2f} s against {cpu[1]:.2f} s, "
        f"{faster:.1f} times{f' (goal {pair.target})' if pair.target else ''}; "
        f"MSPE over no-change {mse[0]:.3f} against {mse[1]:.3f}",
        flush=True,
    )
    if pair.target is None:
        return {}
    return {
        f"{pair}: {pair.target} times as fast by CPU": faster >= pair.target,
        f"{pair}: as accurate": mse[0] <= WORSE * mse[1],
    }


def _errors(forecasts: list, prices: pd.Series) -> pd.DataFrame:
    rows = pd.DataFrame(forecasts, columns=["cutoff", "horizon", "forecast"])
    actual = prices.to_numpy()[rows["cutoff"] + rows["horizon"]]
    last = prices.to_numpy()[rows["cutoff"]]
    errors = rows.assign(made=rows["forecast"] - actual, no_change=last - actual)
    return errors.set_index(["cutoff", "horizon"])


def _linear(model: str, prices: pd.Series, given: argparse.Namespace) -> dict[str, bool]:
    first = len(prices) - given.horizon - 1 - given.step * (4 * given.windows - 1)
    _ours(model, prices, first, given)
    runs = [
        [_ours(model, prices, first, given, times)["cpu"] for times in (1, 2, 4)]
        for _ in range(given.repeats)
    ]
    seconds = dict(zip((1, 2, 4), np.median(runs, axis=0), strict=True))
    timings = [f"{times * given.windows} origins {took:.2f} s" for times, took in seconds.items()]
    print(f"{model}, CPU: {', '.join(timings)}", flush=True)
    return {f"{model}: linear in origins": seconds[4] <= LINEAR * 4 * seconds[1]}


if __name__ == "__main__":
    main()
