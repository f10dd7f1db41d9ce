"""How many wrong prices the anomaly detection finds, and how often it is wrong.

    .venv/bin/python benchmarks/anomalies.py [--prices ../shared/data/prices] [--trials 200]

Puts errors of five kinds into copies of real prices, at random days: a spike and a level shift of
six usual moves, eight equal prices, two neighbouring digits swapped (where that moves the price by
six usual moves), a factor of 42 or 100. Prints the share of each that raises an alarm within eight
sessions, the alarms a year on the prices as they are, and those of a calm year (the median year);
the precision with one error a year, if no real day counts as one; and the shares of found errors
and of real days that the next price alone calls a data error. The exit status is 1 below 95 % or
above six a calm year.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from wellhead.analytics.anomalies.detect import anomalies
from wellhead.analytics.anomalies.judge import ERROR, judged
from wellhead.analytics.anomalies.moves import usual_moves

FILES = {
    "WTI": "wti_spot_daily",
    "BRENT": "brent_spot_daily",
    "HENRY_HUB": "henry_hub_spot_daily",
    "GASOLINE": "gasoline_ny_spot_daily",
    "HEATING_OIL": "heating_oil_ny_spot_daily",
    "PROPANE": "propane_mont_belvieu_spot_daily",
}
KINDS = ("spike", "level shift", "flat line", "swapped digits", "wrong unit")
PAST, COMING = 500, 8


def main() -> None:
    """Print one line a series."""
    options = argparse.ArgumentParser()
    options.add_argument("--prices", type=Path, default=Path("../shared/data/prices"))
    options.add_argument("--trials", type=int, default=200)
    asked = options.parse_args()
    rows = {
        name: row(read(asked.prices / f"{file}.csv"), asked.trials) for name, file in FILES.items()
    }
    table = pd.DataFrame(rows).T
    print(table.round(3).to_string())
    if (table[list(KINDS)] < 0.95).any(axis=None) or (table["a calm year"] > 6).any():
        raise SystemExit(1)


def read(file: Path) -> pd.Series:
    """Prices by day."""
    return pd.read_csv(file, index_col=0, parse_dates=[0]).iloc[:, 0].dropna().tz_localize("UTC")


def row(prices: pd.Series, trials: int) -> dict[str, float]:
    """Shares of errors found, and alarms a year."""
    days = pd.DatetimeIndex(anomalies(prices)["day"])
    years = range(prices.index[0].year, prices.index[-1].year + 1)
    by_year = pd.Series(days.year).value_counts().reindex(years, fill_value=0)
    random = np.random.default_rng(0)
    shares = {kind: shares_of(kind, prices, trials, random) for kind in KINDS}
    found = {kind: share for kind, (share, _) in shares.items()}
    a_year = len(days) / (len(prices) / 252)
    recall = float(np.mean(list(found.values())))
    verdicts = judged(anomalies(prices), prices)["verdict"]
    return {
        **found,
        "a year": a_year,
        "a calm year": by_year.median(),
        "precision": recall / (recall + a_year),
        "errors called so": float(np.mean([called for _, called in shares.values()])),
        "real days called so": float((verdicts == ERROR).mean()),
    }


def shares_of(
    kind: str, prices: pd.Series, trials: int, random: np.random.Generator
) -> tuple[float, float]:
    """The share of errors of one kind that raise an alarm within eight sessions, and of these the
    share that is judged a data error by the next prices alone."""
    found = called = tried = 0
    while tried < trials:
        place = int(random.integers(PAST + 100, len(prices) - COMING))
        part = prices.iloc[place - PAST : place + COMING].copy()
        if insert(kind, part, random):
            tried += 1
            alarms = judged(anomalies(part).query("kind != 'storm'"), part)
            own = alarms[alarms["day"].between(part.index[PAST], part.index[-1])]
            found += len(own) > 0
            called += ERROR in set(own["verdict"])
    return found / trials, called / max(found, 1)


def insert(kind: str, part: pd.Series, random: np.random.Generator) -> bool:
    """Change the price at PAST. Returns whether an error of this kind is possible there."""
    move, price = float(usual_moves(part).iloc[PAST]), float(part.iloc[PAST])
    step = 6 * move * random.choice([-1, 1])
    if kind == "spike":
        part.iloc[PAST] += step
    elif kind == "level shift":
        part.iloc[PAST:] += step
    elif kind == "flat line":
        part.iloc[PAST:] = part.iloc[PAST - 1]
    elif kind == "wrong unit":
        part.iloc[PAST] *= random.choice([42, 100, 1 / 42, 1 / 100])
    else:
        other = [each for each in swapped(price) if abs(each - price) >= 6 * move]
        if not other:
            return False
        part.iloc[PAST] = random.choice(other)
    return True


def swapped(price: float) -> list[float]:
    """The price with two neighbouring digits exchanged, in every way."""
    text = f"{price:.2f}"
    pairs = [place for place in range(len(text) - 1) if text[place : place + 2].isdigit()]
    return [float(text[:p] + text[p + 1] + text[p] + text[p + 2 :]) for p in pairs]


if __name__ == "__main__":
    main()
