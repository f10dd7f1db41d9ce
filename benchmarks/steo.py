"""Compare EIA's Short-Term Energy Outlook with our models from the same moments.

    .venv/bin/python benchmarks/steo.py [--models mean-reversion regression]

RMSE of ours over STEO's (below 1: ours is better) by months ahead, on the issues and daily prices
of the shared data, next to the reference figures over all issues to 2026. Every model forecasts
from what was known at the end of the first Thursday of the issue's month; the forecast of no-change
includes the known days of the running month.
"""

import argparse
from pathlib import Path

import pandas as pd

from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.outlook import SERIES
from wellhead.evaluation.scoring.steo import (
    HORIZONS,
    align,
    forecasts_at_cutoffs,
    score_against_steo,
)
from wellhead.models.tuned import params_for
from wellhead.workflows.loading.price_file import (
    PriceFile,
    read_covariate_files,
    read_daily_prices,
)

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FILES = {"WTI": "wti", "BRENT": "brent", "HENRY_HUB": "henry_hub"}
REFERENCE = {
    "WTI": (1.09, 1.06, 1.01, 0.96, 0.92, 0.94, 0.97),
    "BRENT": (1.15, 1.08, 1.03, 0.98, 0.95, 0.97, 0.97),
    "HENRY_HUB": (0.94, 0.93, 0.87, 0.86, 0.92, 0.97, 1.07),
}


def issues(path: Path) -> pd.DataFrame:
    """The forecasts of all issues: issue, series, period, value."""
    read = pd.read_csv(path).rename(columns={"steo_issue": "issue"})
    return read[read["kind"] == "forecast"]


def main() -> None:
    """Print one table a series: a line a model, a column a horizon."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prices", type=Path, default=SHARED / "prices")
    parser.add_argument("--issues", type=Path, default=SHARED / "steo" / "steo_forecasts.csv")
    parser.add_argument("--models", nargs="+", default=["mean-reversion", "regression"])
    arguments = parser.parse_args()
    steo = issues(arguments.issues)
    for key, code in SERIES.items():
        instrument = find_instrument(key)
        names, instrument = ["no-change", *arguments.models], find_instrument(key)
        models = {name: params_for(name, instrument) for name in names}
        made = forecasts_at_cutoffs(
            models,
            read_daily_prices(
                PriceFile(arguments.prices / f"{FILES[key]}_spot_daily.csv")
            ).vintages,
            steo.loc[steo["series"] == code, "issue"].unique(),
            instrument.calendar,
            read_covariate_files(arguments.prices, instrument),
        )
        tables = {
            name: score_against_steo(align(steo, frame, code)) for name, frame in made.items()
        }
        ratios = pd.DataFrame({name: table["rmse_ratio"] for name, table in tables.items()}).T
        ratios.loc["reference"] = pd.Series(REFERENCE[key], index=HORIZONS)
        counts = ", ".join(f"{n}" for n in sorted(set(tables["no-change"]["issues"])))
        print(f"\n{key}, {counts} issues; RMSE over STEO's by months ahead")
        print(ratios.round(3).to_string(), flush=True)


if __name__ == "__main__":
    main()
