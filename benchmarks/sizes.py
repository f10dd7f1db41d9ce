"""The size of the significance tests: rejections at 5 % in trials without a difference.

    .venv/bin/python benchmarks/sizes.py [trials]

Losses are those of equally good forecasts whose errors overlap. Prints the share of trials that
each test rejects at 5 %, and the share in which the 90 % model confidence set of five equally good
models holds all five.
"""

import sys

import numpy as np
import pandas as pd

from wellhead.evaluation.scoring.confidence_set import bootstrapped, eliminated
from wellhead.evaluation.scoring.significance import (
    diebold_mariano,
    giacomini_white,
    pesaran_timmermann,
)

CASES = {
    "weekly origins, 1 day ahead": (350, 1),
    "weekly origins, 21 days": (350, 5),
    "weekly origins, 63 days": (350, 13),
    "daily origins, 21 days": (3400, 21),
    "daily origins, 63 days": (3400, 63),
    "monthly origins, 3 months": (246, 3),
    "monthly origins, 12 months": (246, 12),
}
MODELS = 5


def noise(rng: np.random.Generator, origins: int, overlap: int) -> np.ndarray:
    """Errors that overlap as forecasts over several steps do."""
    return np.convolve(rng.standard_normal(origins + overlap - 1), np.ones(overlap), "valid")


def rejected(origins: int, overlap: int, trials: int) -> dict[str, float]:
    """Shares of trials, in percent."""
    rng = np.random.default_rng(origins + overlap)
    outcomes = []
    for _ in range(trials):
        difference, none = noise(rng, origins, overlap), np.zeros(origins)
        forecast_up = noise(rng, origins, 20) > 0
        outcomes.append(
            {
                "DM-HLN": diebold_mariano(difference, none, overlap) < 0.05,
                "GW": giacomini_white(difference, none, overlap) < 0.05,
                "PT": pesaran_timmermann(forecast_up, difference > 0, overlap) < 0.05,
                "MCS holds all": _all_in_set(rng, origins, overlap),
            }
        )
    return (100 * pd.DataFrame(outcomes).mean()).to_dict()


def _all_in_set(rng: np.random.Generator, origins: int, overlap: int) -> bool:
    common = noise(rng, origins, overlap)
    losses = np.column_stack([common + noise(rng, origins, overlap) for _ in range(MODELS)])
    if overlap == 1:
        return bool((bootstrapped(losses, 0.10, 300, 0) > 0.10).all())
    return bool((eliminated(losses, overlap) > 0.10).all())


def main() -> None:
    """Print one line a case."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    table = {name: rejected(*case, trials=trials) for name, case in CASES.items()}
    print(f"percent of {trials} trials; nominal: 5, 5, 5 and 90")
    print(pd.DataFrame(table).T.round(1).to_string())


if __name__ == "__main__":
    main()
