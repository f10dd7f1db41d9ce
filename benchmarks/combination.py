"""The combination against the regression alone: CRPS and squared error by horizon.

    .venv/bin/python benchmarks/combination.py [--prices ../shared/data/prices] [--models arima ...]

Daily forecasts from every session and monthly ones from the last session of each month, since 2000,
each series with the others as covariates, all known at the end of their day. The combination weighs
the models' own quantiles and is calibrated once, as in the pipeline. Prints for each horizon the
CRPS of the combination over the regression's and, in brackets, both MSPE ratios to no-change: for
2003 to 2011, on which the weighting was chosen, and from 2012 on. The exit status is 1 if a CRPS
ratio from 2012 on is above 1.000.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from accuracy import FILES, TARGETS
from release_clock import vintages

from wellhead.catalogue.lookup import find_instrument
from wellhead.evaluation.backtesting.backtest import backtests
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.calibration.calibration import calibrate
from wellhead.evaluation.calibration.combination import combine
from wellhead.evaluation.scoring.metrics import crps, mspe_ratio
from wellhead.models.tuned import params_for
from wellhead.tables import STATISTICS

CLOSED_FORM = ("no-change", "mean-reversion", "drift", "seasonal")
MODELS = (*CLOSED_FORM, "exponential-smoothing", "arima", "regression")
HORIZONS = {"daily": (1, 5, 21, 63), "monthly": (1, 3, 6, 12)}
PERIODS = {"2003 to 2011": ("2003", "2012"), "from 2012": ("2012", "2100")}
QUANTILES = list(STATISTICS[1:])


def frames(folder: Path, key: str, models: list[str]) -> dict[str, pd.DataFrame]:
    """Model -> its uncalibrated backtest at the compared horizons."""
    series = {name: vintages(folder, name, "same-day-close") for name in FILES}
    instrument = find_instrument(key)
    plan = BacktestPlan(start="2000-01-03", targets=("daily", "monthly"))
    params = {name: params_for(name, instrument) for name in models}
    found = backtests(params, series.pop(key), plan, instrument.calendar, series, processes=None)
    return {name: _compared(frame) for name, frame in found.items()}


def _compared(frame: pd.DataFrame) -> pd.DataFrame:
    wanted = [
        frame["target_kind"].eq(kind) & frame["horizon"].isin(at) for kind, at in HORIZONS.items()
    ]
    return frame[wanted[0] | wanted[1]].reset_index(drop=True)


def figures(ours: pd.DataFrame, alone: pd.DataFrame) -> tuple[float, float, float]:
    """CRPS ratio, and both MSPE ratios, of the forecasts with an outcome that both have."""
    keys = ["target_kind", "made_at", "horizon"]
    both = ours.dropna(subset="actual").merge(alone, on=keys, suffixes=("", "_alone"))
    actual = both["actual"].to_numpy()
    scores = [
        crps(actual, both[[f"{q}{end}" for q in QUANTILES]].to_numpy()) for end in ("", "_alone")
    ]
    last = both["last_value"].to_numpy()
    errors = [mspe_ratio(actual, both[f"mean{end}"].to_numpy(), last) for end in ("", "_alone")]
    return scores[0] / scores[1], errors[0], errors[1]


def main() -> None:
    """Print one line a (commodity, period)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prices", type=Path, default=Path("../shared/data/prices"))
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--commodities", nargs="+", default=list(TARGETS))
    given = parser.parse_args()
    if not given.prices.is_dir():
        print(f"skipped: there is no folder {given.prices}; give --prices FOLDER.")
        return
    worst = 0.0
    for key in given.commodities:
        members = frames(given.prices, key, given.models)
        ours, alone = calibrate(combine(members)), calibrate(members["regression"])
        for label, (first, last) in PERIODS.items():
            line = [f"{key:10s} {label:12s}"]
            for kind, at in HORIZONS.items():
                for h in at:
                    parts = [
                        part[
                            part["target_kind"].eq(kind)
                            & part["horizon"].eq(h)
                            & part["made_at"].between(first, last)
                        ]
                        for part in (ours, alone)
                    ]
                    ratio, combined, single = figures(*parts)
                    line.append(f"{kind[0]}{h} {ratio:.4f} ({combined:.3f}, {single:.3f})")
                    worst = max(worst, ratio) if label == "from 2012" else worst
            print("  ".join(line), flush=True)
    sys.exit(round(worst, 3) > 1)


if __name__ == "__main__":
    main()
