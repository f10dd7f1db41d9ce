"""What tuning on the past finds, and how the best set did afterwards, on a folder of prices.

    .venv/bin/python benchmarks/tuning.py [--prices ../shared/data/prices] [--before 2012-01-01]

For each commodity, model and target it searches on what was known before the day, as `wellhead
tune` does. It prints the loss of the present and of the best set (mean MSPE ratio to no-change),
whether they differ by more than noise, and the best set. Then, for information and not to choose,
the MSPE ratios of both by horizon from that day on, without March to July 2020, and the p-value of
the best set being better there.
"""

import argparse
from pathlib import Path

import pandas as pd

from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.evaluation.backtesting.backtest import backtest
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.scoring.scores import EXCLUDED_SUFFIX, POOLED, score
from wellhead.evaluation.tuning.data import tuning_data_before
from wellhead.evaluation.tuning.search import search_hyper_parameters
from wellhead.models.tuned import params_for
from wellhead.workflows.loading.price_file import PriceFile, read_daily_prices

STEP = 8


def main() -> None:
    """Print the results, or one line that says where the prices are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prices", type=Path, default=Path("../shared/data/prices"))
    parser.add_argument("--before", default="2012-01-01")
    parser.add_argument("--commodities", nargs="+", default=["WTI", "HENRY_HUB"])
    models = ["mean-reversion", "exponential-smoothing"]
    parser.add_argument("--models", nargs="+", default=models)
    parser.add_argument("--targets", nargs="+", default=list(Target), choices=list(Target))
    parser.add_argument("--only", nargs="+", help="hyper-parameters to search; default: all")
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for commodity in arguments.commodities:
        path = arguments.prices / f"{commodity.lower()}_spot_daily.csv"
        if not path.exists():
            print(f"skipped: there is no {path}; give --prices FOLDER.")
            continue
        for model in arguments.models:
            for target in arguments.targets:
                show(commodity, model, target, path, arguments)


def show(
    commodity: str, model: str, target: str, path: Path, arguments: argparse.Namespace
) -> None:
    """Search before the day, then score both sets afterwards."""
    file = PriceFile(path, find_instrument(commodity))
    prices, calendar = read_daily_prices(file).vintages, file.trading_calendar
    plan = BacktestPlan(start=arguments.before, step=STEP, targets=(target,))
    given = params_for(model, find_instrument(commodity))
    past = tuning_data_before(arguments.before, prices, plan, calendar)
    asked = {name: getattr(arguments, name) for name in ("only", "trials", "seed")}
    found = search_hyper_parameters(past, model, given, **asked)
    present, best = found.present, found.best
    print(f"\n{commodity} {model} {target}: present {present.loss:.4f}, best {best.loss:.4f}")
    print(f"{found.conclusion}\npresent {present.params}\nbest    {best.params}")
    print(found.by_horizon().round(3).to_string())
    print(found.by_fold().round(3).to_string())
    if best is not present:
        sets = {"present": present.params, "best": best.params}
        afterwards(
            {
                name: backtest(model, {**given, **params}, prices, plan, calendar)
                for name, params in sets.items()
            }
        )


def afterwards(frames: dict[str, pd.DataFrame]) -> None:
    """How the two sets did from the day on."""
    for name, frame in frames.items():
        scores = score(frame).set_index(["metric", "horizon"])["value"]
        ratios = scores[f"mspe_ratio{EXCLUDED_SUFFIX}"].drop([POOLED, 0], errors="ignore").round(3)
        print(f"since, {name:8} {ratios.to_dict()} mean {ratios.mean():.4f}")
    head_to_head = score(frames["best"], frames["present"]).set_index(["metric", "horizon"])[
        "value"
    ]
    p_value = head_to_head[f"dm_p_value{EXCLUDED_SUFFIX}", POOLED]
    print(f"since, p that the best is better: {p_value:.2f}")


if __name__ == "__main__":
    main()
