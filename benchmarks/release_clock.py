"""MSPE ratios to no-change under EIA's weekly releases and under daily ones, every session scored.

    .venv/bin/python benchmarks/release_clock.py [--prices ../shared/data/prices] [--models arima]

EIA publishes a week's prices at once. A model must not gain or lose by the clock alone: on the same
targets both lines should agree. Daily horizons 1, 5, 21 and 63 sessions from the last known price,
from 2012 on, refitted every 250 sessions. Under the weekly clock there is one origin a week.
"""

import argparse
from pathlib import Path

import pandas as pd
from accuracy import FILES, TARGETS

from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.release_rules import RELEASE_RULES
from wellhead.evaluation.backtesting.backtest import backtest
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.models.tuned import params_for

HORIZONS = (1, 5, 21, 63)


def vintages(folder: Path, key: str, rule: str) -> pd.DataFrame:
    """One row a day, published by a release rule; weekly stocks by their own."""
    known = pd.read_csv(folder / f"{FILES[key]}.csv", parse_dates=["date"]).dropna()
    days = pd.DatetimeIndex(known["date"]).tz_localize("UTC")
    published = RELEASE_RULES["weekly-stocks" if key == "CRUDE_STOCKS" else rule](days)
    return pd.DataFrame({"observed_at": days, "available_at": published, "value": known["value"]})


def ratios(model: str, key: str, folder: Path, rule: str, start: str) -> dict[int, float]:
    """Horizon -> MSPE ratio to the last daily price."""
    series = {name: vintages(folder, name, rule) for name in FILES}
    instrument = find_instrument(key)
    plan = BacktestPlan(start=start, step=1, refit=250, horizon=max(HORIZONS))
    frame = backtest(
        model, params_for(model, instrument), series.pop(key), plan, instrument.calendar, series
    ).dropna(subset="actual")
    ours = (frame["mean"] - frame["actual"]) ** 2
    none = (frame["last_value"] - frame["actual"]) ** 2
    means = pd.DataFrame({"ours": ours, "none": none}).groupby(frame["horizon"]).mean()
    return dict((means["ours"] / means["none"]).loc[list(HORIZONS)])


def main() -> None:
    """Print one line a (commodity, model, clock)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prices", type=Path, default=Path("../shared/data/prices"))
    parser.add_argument("--models", nargs="+", default=["arima"])
    parser.add_argument("--commodities", nargs="+", default=list(TARGETS))
    parser.add_argument("--start", default="2012-01-01")
    given = parser.parse_args()
    if not given.prices.is_dir():
        print(f"skipped: there is no folder {given.prices}; give --prices FOLDER.")
        return
    for key in given.commodities:
        for model in given.models:
            for rule in ("weekly-wednesday", "same-day-close"):
                found = ratios(model, key, given.prices, rule, given.start)
                figures = "  ".join(f"h={h} {ratio:.3f}" for h, ratio in found.items())
                print(f"{key:10s} {model:12s} {rule:18s} {figures}", flush=True)


if __name__ == "__main__":
    main()
