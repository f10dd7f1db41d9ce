"""Size and power of the whole rule that chooses a champion, on worlds made of real returns.

    .venv/bin/python benchmarks/champion_rule.py [worlds] [--prices ../shared/data/prices]

A world is 18 years of prices. Their returns are blocks of WTI's, so they are heavy-tailed and calm
and wild times alternate. Every return gets a random sign, so nothing can beat no-change: size is
the share of such worlds with another champion. For power, a pull towards the five-year mean is
added, of a strength per month. Seven models with a closed form are scored from every session of the
last ten years at four horizons, as the pipeline scores them, and `choose_champion` decides as for a
first champion. Coverage is taken as passed. It prints the shares in percent; the exit status is 1
if size is above 15 %.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from closed_form import PRICES, prices, signed_log

from wellhead.evaluation.scoring.scores import POOLED, score
from wellhead.evaluation.selection.champion_rule import choose_champion
from wellhead.tables import STATISTICS

HORIZONS = (1, 5, 21, 63)
SESSIONS, BURN_IN, BLOCK = 4536, 2016, 60
PULLS = {"no gain": 0.0, "2 % a month": 0.02, "4 % a month": 0.04, "8 % a month": 0.08}
LARGEST_SIZE = 15.0

Changes = Callable[[np.ndarray, int], np.ndarray]
"""(logarithms of the price, sessions ahead) -> the forecast change at each row."""


def world(returns: np.ndarray, pull: float, seed: int) -> np.ndarray:
    """Logarithms of a price: returns in blocks, with random signs, and a pull a month."""
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, len(returns) - BLOCK, size=-(-SESSIONS // BLOCK))
    drawn = np.concatenate([returns[start : start + BLOCK] for start in starts])[:SESSIONS]
    steps = drawn * rng.choice([-1.0, 1.0], size=SESSIONS)
    if not pull:
        return np.log(60) + steps.cumsum()
    log, speed, mean = np.empty(SESSIONS), 1 - (1 - pull) ** (1 / 21), np.log(60)
    now = mean
    for row, step in enumerate(steps):
        now += speed * (mean - now) + step
        log[row] = now
        mean += (now - log[row - 1260] if row >= 1260 else now - mean) / 1260
    return log


def to_mean(share: float, window: int) -> Changes:
    """A share a month of the way to the trailing mean."""

    def changes(log: np.ndarray, ahead: int) -> np.ndarray:
        usual = pd.Series(log).rolling(window, min_periods=250).mean().to_numpy()
        return (usual - log) * (1 - (1 - share) ** (ahead / 21))

    return changes


def drift(log: np.ndarray, ahead: int) -> np.ndarray:
    """The mean return of ten years."""
    mean = pd.Series(np.diff(log, prepend=log[0])).rolling(2500, min_periods=250).mean()
    return mean.to_numpy() * ahead


def momentum(log: np.ndarray, ahead: int) -> np.ndarray:
    """A tenth of last month's return goes on."""
    return 0.1 * pd.Series(log).diff(21).to_numpy() * min(ahead, 21) / 21


def autoregression(log: np.ndarray, ahead: int) -> np.ndarray:
    """An AR(1) of returns, its weight from all returns before."""
    now = pd.Series(np.diff(log, prepend=log[0]))
    before = now.shift().fillna(0.0)
    weight = ((now * before).expanding().sum() / (before**2).expanding().sum()).to_numpy()
    return now.to_numpy() * weight * (1 - weight**ahead) / (1 - weight)


def season(log: np.ndarray, ahead: int) -> np.ndarray:
    """Half of the mean return at the same time of the years before."""
    month = pd.Series(log).diff(ahead)
    return 0.5 * (sum(month.shift(252 * ago - ahead) for ago in range(1, 6)) / 5).to_numpy()


MODELS: dict[str, Changes] = {
    "mean reversion": to_mean(0.02, 1260),
    "faster reversion": to_mean(0.06, 1260),
    "short reversion": to_mean(0.10, 250),
    "drift": drift,
    "momentum": momentum,
    "autoregression": autoregression,
    "season": season,
}


def scores(log: np.ndarray, name: str, model: Changes) -> pd.DataFrame:
    """The scores of one model, in the form that the pipeline stores."""
    days = pd.bdate_range("2000-01-03", periods=SESSIONS, tz="UTC")
    price, parts = np.exp(log), []
    for ahead in HORIZONS:
        rows = np.arange(BURN_IN, SESSIONS - ahead)
        mean = np.exp(log[rows] + model(log, ahead)[rows])
        part = pd.DataFrame(
            {
                "model": name,
                "target_kind": "daily",
                "made_at": days[rows],
                "last_observed_at": days[rows],
                "last_value": price[rows],
                "one_step_mae": 1.0,
                "horizon": ahead,
                "target_at": days[rows + ahead],
                "actual": price[rows + ahead],
            }
        )
        parts.append(part.assign(**dict.fromkeys(STATISTICS, mean)))
    found = score(pd.concat(parts, ignore_index=True), horizons=HORIZONS, excluding=None)
    for metric, passed in (("coverage_80", 0.80), ("coverage_95", 0.95)):
        found.loc[found["metric"] == metric, "value"] = passed
    return found


def champion(returns: np.ndarray, pull: float, seed: int) -> str:
    """The first champion of one world."""
    log = world(returns, pull, seed)
    board = pd.concat([scores(log, name, model) for name, model in MODELS.items()])
    return choose_champion(board, (POOLED, *HORIZONS), incumbent=None).model


def main() -> None:
    """Print one line a strength of the pull."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("worlds", type=int, nargs="?", default=200)
    parser.add_argument("--prices", type=Path, default=PRICES)
    given = parser.parse_args()
    returns = np.diff(signed_log(prices("WTI", given.prices).to_numpy()))
    returns = returns[np.abs(returns) < 1]  # −36.98 and the day after have no logarithm to speak of
    sizes = {}
    for label, pull in PULLS.items():
        chosen = joblib.Parallel(n_jobs=-1)(
            joblib.delayed(champion)(returns, pull, seed) for seed in range(given.worlds)
        )
        counts = pd.Series(chosen).value_counts()
        sizes[label] = 100 * (1 - counts.get("no-change", 0) / given.worlds)
        others = ", ".join(f"{name} {n}" for name, n in counts.items())
        print(f"{label:12s} another champion in {sizes[label]:.1f} %: {others}", flush=True)
    sys.exit(bool(sizes["no gain"] > LARGEST_SIZE))


if __name__ == "__main__":
    main()
