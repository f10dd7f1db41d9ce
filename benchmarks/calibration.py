"""Coverage and sharpness of calibrated bands, compared with the usual ones.

    .venv/bin/python benchmarks/calibration.py [first origin] [last origin]

Every session from 2012 on the shared daily prices: coverage of the 80 % and the 95 % band, and
their Winkler score relative to no-change with the empirical errors of five years (below 1 is
better); first without origins and targets in 2020-03 to 07, then with them. Then the time taken.
"""

import sys
import time

import pandas as pd
from closed_form import SERIES, SPEED, backtest, empirical, prices

from wellhead.evaluation.calibration.calibration import calibrate
from wellhead.evaluation.calibration.combination import combine
from wellhead.evaluation.scoring.metrics import coverage, interval_score

HORIZONS = (1, 5, 21, 63)
BANDS = {80: ("q0.1", "q0.9"), 95: ("q0.025", "q0.975")}


def outside_2020(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Neither the origin nor the target lies in March to July 2020."""
    inside = [
        (frame[at] >= pd.Timestamp("2020-03-01", tz="UTC"))
        & (frame[at] < pd.Timestamp("2020-08-01", tz="UTC"))
        for at in ("made_at", "target_at")
    ]
    return ~(inside[0] | inside[1])


def figures(ours: pd.DataFrame, usual: pd.DataFrame) -> dict[str, float]:
    """Coverage, and Winkler score over the benchmark's, of one horizon."""
    row = {}
    for percent, (lower, upper) in BANDS.items():
        bands = [
            [f[name].to_numpy(dtype=float) for name in ("actual", lower, upper)]
            for f in (ours, usual)
        ]
        winkler = [interval_score(*band, percent / 100) for band in bands]
        row[f"covers {percent} %"] = 100 * coverage(*bands[0])
        row[f"Winkler {percent} %"] = winkler[0] / winkler[1]
    return row


def table(frames: dict[str, pd.DataFrame], usual: pd.DataFrame, days: slice) -> pd.DataFrame:
    """One row a (selection, model, horizon)."""
    rows = {}
    for name, frame in frames.items():
        made = calibrate(frame).set_index(["made_at", "horizon"], drop=False).sort_index()
        made = made.loc[days].dropna(subset="actual")
        reference = usual.set_index(["made_at", "horizon"]).loc[made.index]
        for label, chosen in (
            ("without 2020", outside_2020(made)),
            ("with 2020", made["actual"].notna()),
        ):
            for horizon in HORIZONS:
                here = (chosen & made["horizon"].eq(horizon)).to_numpy()
                rows[(label, name, horizon)] = figures(made[here], reference[here])
    return pd.DataFrame(rows).T.round(3)


def main() -> None:
    """Print one table a series."""
    first, last = sys.argv[1:3] + ["2012-01-01", "2100-01-01"][len(sys.argv[1:3]) :]
    days = slice(pd.Timestamp(first, tz="UTC"), pd.Timestamp(last, tz="UTC"))
    for series in SERIES:
        price = prices(series)
        frames = {
            "no-change": backtest(price, HORIZONS),
            "mean-reversion": backtest(price, HORIZONS, "mean-reversion", SPEED[series]),
        }
        usual = empirical(frames["no-change"], price)
        frames["combination"] = combine(frames)
        began = time.perf_counter()
        found = table(frames, usual, days)
        took, count = time.perf_counter() - began, sum(map(len, frames.values()))
        print(f"\n{series}: {count} rows, {1e5 * took / count:.1f} s for 100,000")
        print(found.to_string())


if __name__ == "__main__":
    main()
