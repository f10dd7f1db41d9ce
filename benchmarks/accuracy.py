"""Ratios of models' squared errors to no-change from the last daily price, on a folder of prices.

    .venv/bin/python benchmarks/accuracy.py [--prices ../shared/data/prices] [--models regression]

Prints ratios of mean squared errors, one line per model and period, each with its goal in brackets
and `*` where it is met: of monthly averages at 1, 3, 6 and 12 months from the last day of each
month (0: the running month, from its middle), and of daily prices at 1, 5, 21 and 63 sessions from
every fourth session (`--step`). Models are refitted every 250 sessions on what was known. March to
July 2020 is left out of origins and targets, except in the lines `with 2020`. Settings were chosen
on the periods before 2005 (monthly) and 2012 (daily), the lines `chosen on`. Mean reversion is the
reference: nothing in it is fitted. `--combine` adds the combination of the named models, weighted
by the errors known at each origin relative to the price.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from wellhead.catalogue.lookup import find_instrument
from wellhead.evaluation.calibration.combination import COMBINATION, combine
from wellhead.evaluation.calibration.weights import METHODS
from wellhead.features import build_features
from wellhead.models import create
from wellhead.models.tuned import params_for
from wellhead.tables import STATISTICS

FILES = {
    "WTI": "wti_spot_daily",
    "BRENT": "brent_spot_daily",
    "HENRY_HUB": "henry_hub_spot_daily",
    "GASOLINE": "gasoline_ny_spot_daily",
    "PROPANE": "propane_mont_belvieu_spot_daily",
    "CRUDE_STOCKS": "us_crude_stocks_weekly",
}
TARGETS = ("WTI", "BRENT", "HENRY_HUB")
RELEASE_LAG = {"CRUDE_STOCKS": pd.Timedelta(days=5)}  # a week's stocks: the Wednesday after
MONTHS, SESSIONS = (0, 1, 3, 6, 12), (1, 5, 21, 63)
YEAR_AHEAD, REFIT = 285, 250
TO_REACH = {
    "WTI": ((0.99, 0.96, 0.91, 0.87), (0.995, 0.99, 0.98, 0.94)),
    "BRENT": ((0.98, 0.955, 0.925, 0.895), (0.995, 0.99, 0.975, 0.935)),
    "HENRY_HUB": ((0.94, 0.88, 0.79, 0.64), (0.88, 0.85, 0.85, 0.74)),
}
"""Ratios at the horizons from 1 on, without 2020-03 to 07: of months, and of days."""

PERIODS = (
    ("chosen on", ("1993", "2004"), ("2000", "2011"), True),
    ("evaluation", ("2005", "2099"), ("2012", "2099"), True),
    ("with 2020", ("2005", "2099"), ("2012", "2099"), False),
)

COLUMNS = ["made_on", "target", "horizon", "forecast", "actual", "last"]
Rows = pd.DataFrame
"""One row a forecast, of those columns."""


def read_histories(folder: Path) -> dict[str, pd.DataFrame]:
    """Each target with the other series as covariates, as known at the end of each day."""
    series = {}
    for key, name in FILES.items():
        path = folder / f"{name}.csv"
        if path.exists():
            known = pd.read_csv(path, parse_dates=["date"], index_col="date")["value"].dropna()
            known.index = known.index.tz_localize("UTC") + RELEASE_LAG.get(key, pd.Timedelta(0))
            series[key] = known
    histories = {}
    for target in (key for key in TARGETS if key in series):
        value = series[target].rename_axis("observed_at")
        others = {k: s.reindex(value.index, method="ffill") for k, s in series.items()}
        histories[target] = pd.DataFrame({"value": value, **others}).drop(columns=target)
    return histories


def paths(
    model: str, commodity: str, history: pd.DataFrame, places: np.ndarray, sessions: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Position of the last known row -> the mean path from there, with refits."""
    forecaster, fitted_at = create(model, **params_for(model, find_instrument(commodity))), -REFIT
    features = build_features(history["value"], forecaster.features).drop(columns="value")
    history = history.join(features)
    for place in places[places >= forecaster.min_history + 60]:
        known = history.iloc[: place + 1]
        if place - fitted_at >= REFIT:
            forecaster, fitted_at = forecaster.fit(known), place
        yield int(place), forecaster.mean_path(known, sessions)


def daily(model: str, commodity: str, history: pd.DataFrame, step: int) -> Rows:
    """Forecasts of prices from every `step`-th session."""
    price, days, rows = history["value"].to_numpy(), history.index, []
    places = np.arange(days.searchsorted(pd.Timestamp("2000", tz="UTC")), len(days) - 1, step)
    for place, path in paths(model, commodity, history, places, max(SESSIONS)):
        for h in SESSIONS:
            if place + h < len(days):
                outcome = (path[h - 1], price[place + h], price[place])
                rows.append((days[place], days[place + h], h, *outcome))
    return pd.DataFrame(rows, columns=COLUMNS)


def monthly(model: str, commodity: str, history: pd.DataFrame) -> Rows:
    """Forecasts of complete months' averages, from the last session of a month (h = 0: from the
    middle one, the days already known counted in).
    """
    price, days, rows = history["value"].to_numpy(), history.index, []
    _, first = np.unique(days.year * 12 + days.month, return_index=True)
    edges = np.append(first, len(days))
    if (days[-1] + pd.offsets.BDay(1)).month == days[-1].month:
        edges = edges[:-1]  # the last month is incomplete
    start = days.searchsorted(pd.Timestamp("1993", tz="UTC"))
    ends, middles = edges[1:] - 1, (edges[:-1] + edges[1:]) // 2
    for place, path in paths(
        model, commodity, history, np.sort(np.concatenate([ends, middles])), YEAR_AHEAD
    ):
        if place < start:
            continue
        month = int(np.searchsorted(edges, place, side="right")) - 1
        joined = np.concatenate([price[: place + 1], path])
        for h in (0,) if place in middles else MONTHS[1:]:
            if month + h + 1 < len(edges):
                whole = slice(edges[month + h], edges[month + h + 1])
                outcome = (joined[whole].mean(), price[whole].mean(), price[place])
                rows.append((days[place], days[edges[month + h]], h, *outcome))
    return pd.DataFrame(rows, columns=COLUMNS)


def combined(rows: dict[str, Rows], method: str, target: str) -> Rows:
    """The models' combination, weighted by their errors known at each origin, a month's at its end.

    Errors count in shares of the price: as many quantiles as a forecast has stand around it.
    """
    around, frames = [0.0, *np.linspace(-1, 1, len(STATISTICS) - 1)], {}
    for model, one in rows.items():
        known = one["target"] + pd.offsets.MonthEnd(0) if target == "monthly" else one["target"]
        shares = one["forecast"].to_numpy()[:, None] + np.outer(one["last"], around)
        clocks = {"last_observed_at": one["made_on"], "target_at": known}
        one = one.join(pd.DataFrame(shares, columns=list(STATISTICS)))
        frames[model] = one.assign(made_at=one["made_on"], actual_available_at=known, **clocks)
    found = combine(frames, method)
    return found.assign(forecast=found["mean"])[COLUMNS]


def ratios(
    rows: Rows, years: tuple[str, str], without_2020: bool, to_reach: tuple[float, ...] = ()
) -> str:
    """MSPE ratio to the last daily price, a horizon after the other, and the number of origins.

    `to_reach`, of the last horizons: printed after each ratio in brackets, with `*` if it is met.
    """
    chosen = rows[(rows["made_on"] >= years[0]) & (rows["made_on"] < str(int(years[1]) + 1))]
    if without_2020:
        for clock in ("made_on", "target"):
            chosen = chosen[(chosen[clock] < "2020-03-01") | (chosen[clock] >= "2020-08-01")]
    squared = pd.DataFrame(
        {
            "ours": (chosen["actual"] - chosen["forecast"]) ** 2,
            "none": (chosen["actual"] - chosen["last"]) ** 2,
        }
    )
    means = squared.groupby(chosen["horizon"]).mean()
    found = means["ours"] / means["none"]
    limits = [None] * (len(found) - len(to_reach)) + list(to_reach)
    figures = " ".join(map(_with_goal, found, limits))
    return f"{figures} ({chosen['made_on'].nunique()})"


def _with_goal(ratio: float, limit: float | None) -> str:
    if limit is None:
        return f"{ratio:.3f}"
    return f"{ratio:.3f}[{limit:g}{'*' * (ratio <= limit)}]"


def main() -> None:
    """Print the table, or one line that says where the prices are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prices", type=Path, default=Path("../shared/data/prices"))
    parser.add_argument("--models", nargs="+", default=["mean-reversion", "regression"])
    parser.add_argument("--commodities", nargs="+", default=list(TARGETS))
    parser.add_argument("--step", type=int, default=4, help="sessions between daily origins")
    parser.add_argument("--combine", choices=METHODS, help="add the models' combination")
    arguments = parser.parse_args()
    histories = read_histories(arguments.prices)
    if not histories:
        print(f"skipped: {arguments.prices} has none of the price files; give --prices FOLDER.")
        return
    print(f"months {MONTHS}, sessions {SESSIONS}; MSPE ratios to the last daily price (origins)")
    for commodity in (key for key in arguments.commodities if key in histories):
        history, by_month, by_day = histories[commodity], {}, {}
        for model in arguments.models:
            by_month[model] = monthly(model, commodity, history)
            by_day[model] = daily(model, commodity, history, arguments.step)
            show(commodity, model, by_month[model], by_day[model])
        if arguments.combine:
            months = combined(by_month, arguments.combine, "monthly")
            days = combined(by_day, arguments.combine, "daily")
            show(commodity, f"{COMBINATION}, {arguments.combine}", months, days)


def show(commodity: str, model: str, by_month: Rows, by_day: Rows) -> None:
    """One line a period."""
    for name, months, days, without in PERIODS:
        limits = TO_REACH[commodity] if name == "evaluation" else ((), ())
        line = f"{commodity:9s} {model:22s} {name:10s} "
        line += f"monthly {ratios(by_month, months, without, limits[0])} "
        print(line + f"daily {ratios(by_day, days, without, limits[1])}", flush=True)


if __name__ == "__main__":
    main()
