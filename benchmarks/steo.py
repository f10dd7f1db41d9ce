"""Who was closer: EIA's Short-Term Energy Outlook, or mean reversion in two lines?

    .venv/bin/python benchmarks/steo.py

RMSE of ours over STEO's (below 1: ours is closer) by months ahead, on the issues and the daily
prices in the shared data, beside the reference figures over all issues to 2026. Both forecast from
what was known at the end of the issue month's first Thursday.
"""

import pandas as pd
from closed_form import PRICES, SPEED, monthly, prices

from wellhead.training.steo import HORIZONS, SERIES, align, cutoff, score_against_steo

ISSUES = PRICES.parent / "steo" / "steo_forecasts.csv"
REFERENCE = {
    "WTI": (1.09, 1.06, 1.01, 0.96, 0.92, 0.94, 0.97),
    "BRENT": (1.15, 1.08, 1.03, 0.98, 0.95, 0.97, 0.97),
    "HENRY_HUB": (0.94, 0.93, 0.87, 0.86, 0.92, 0.97, 1.07),
}


def issues() -> pd.DataFrame:
    """The forecasts of all issues: issue, series, period, value."""
    read = pd.read_csv(ISSUES).rename(columns={"steo_issue": "issue"})
    return read[read["kind"] == "forecast"]


def main() -> None:
    """Print one table a series."""
    steo = issues()
    moments = pd.DatetimeIndex([cutoff(issue) for issue in sorted(steo["issue"].unique())])
    for series, code in SERIES.items():
        ours = monthly(prices(series), moments, speed=SPEED[series])
        table = score_against_steo(align(steo, ours, code))
        table["reference"] = pd.Series(REFERENCE[series], index=HORIZONS)
        print(f"\n{series}, {len(moments)} issues {steo['issue'].min()} to {steo['issue'].max()}")
        print(table.round(3).to_string())


if __name__ == "__main__":
    main()
