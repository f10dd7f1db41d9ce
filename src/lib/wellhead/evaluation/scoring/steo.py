"""Compare monthly forecasts with EIA's Short-Term Energy Outlook (STEO).

An issue of STEO uses what is known on about the first Thursday of its month, its cut-off, and is
published the Tuesday after. Each issue is compared with our forecast from the newest price released
by the end of that Thursday. Horizons count months from the issue's month.
"""

import math
from collections.abc import Iterable, Mapping

import pandas as pd

from wellhead.calendars import to_utc
from wellhead.catalogue.outlook import cutoff
from wellhead.catalogue.targets import Target
from wellhead.errors import InputError, NoDataError
from wellhead.evaluation.backtesting.backtest import Params, Tables, backtests
from wellhead.evaluation.backtesting.execution import Progress
from wellhead.evaluation.backtesting.origins import BacktestPlan
from wellhead.evaluation.calibration.combination import COMBINATION, combine
from wellhead.evaluation.scoring.significance import diebold_mariano, overlapping_origins
from wellhead.tables import BENCHMARK

HORIZONS = Target.MONTHLY.scored
FEWEST_PRICES = 750  # known at an issue's cut-off, so that every model can be fitted
_REFIT = 250  # sessions
_OLDEST = pd.Timedelta(days=40)  # age of a forecast at the cut-off that can still be compared


def forecasts_at_cutoffs(
    models: Mapping[str, Params],
    prices: pd.DataFrame,
    issues: Iterable[str],
    calendar: str,
    covariates: Tables | None = None,
    *,
    processes: int | None = 1,
    progress: Progress | None = None,
) -> dict[str, pd.DataFrame]:
    """Monthly forecasts of each model from the newest release at each issue's cut-off.

    The arguments are those of `backtests`; `prices` are its observations. With two or more models
    besides the benchmark the result includes their combination, weighted by the errors known at
    each cut-off. Issues with fewer than FEWEST_PRICES known prices are left out; the result is
    empty if none is left.
    """
    plan = _plan(prices, issues)
    if plan is None:
        return {}
    forecasts = backtests(
        models, prices, plan, calendar, covariates, processes=processes, progress=progress
    )
    several = len(forecasts.keys() - {BENCHMARK}) > 1
    return {**forecasts, COMBINATION: combine(forecasts)} if several else forecasts


def _plan(prices: pd.DataFrame, issues: Iterable[str]) -> BacktestPlan | None:
    """A backtest with an origin at each cut-off; None where too few prices are known at all."""
    days = prices.groupby("observed_at")["available_at"].min()  # a revision is no further price
    released = days.sort_values(ignore_index=True)
    moments = [cutoff(issue) for issue in sorted(issues)]
    moments = [at for at in moments if released.searchsorted(at, "right") >= FEWEST_PRICES]
    if not moments:
        return None
    first = to_utc(released[released <= moments[0]].iloc[-1])
    return BacktestPlan(
        start=first.normalize() - pd.Timedelta(days=10),  # a session before the first origin
        targets=(Target.MONTHLY,),
        monthly_at=tuple(moments),
        months=max(HORIZONS) + 1,  # the newest release may be of the month before the issue's
        refit=_REFIT,
    )


def align(steo: pd.DataFrame, forecasts: pd.DataFrame, series: str) -> pd.DataFrame:
    """Our forecasts and STEO's of the same months, made with data up to the same moments.

    `steo` has one row per (issue, series, period): issue and period 'YYYY-MM', value. `forecasts`
    are one model's monthly forecasts of the series, as a backtest returns them: made_at, target_at
    (first day of the month), mean, last_value and actual. The result has one row per (issue,
    period) that both forecast: issue, horizon (months from issue to period), target_at, made_at
    (of ours), ours, steo, no_change (the last daily price), actual; in the price's unit.

    Raises InputError for missing columns, NoDataError when nothing can be compared.
    """
    if missing := {"issue", "series", "period", "value"} - set(steo):
        raise InputError(f"the STEO table lacks {', '.join(sorted(missing))}.")
    theirs = steo[steo["series"] == series]
    theirs = theirs.assign(
        target_at=pd.to_datetime(theirs["period"] + "-01", utc=True).astype("datetime64[us, UTC]"),
        horizon=_months(theirs["period"]) - _months(theirs["issue"]),
    )
    moments = _moments(pd.Index(theirs["issue"].unique()), forecasts)
    ours = forecasts.merge(moments, on="made_at").assign(
        target_at=lambda rows: rows["target_at"].astype("datetime64[us, UTC]")
    )
    both = theirs[theirs["horizon"] >= 0].merge(
        ours.drop(columns="horizon", errors="ignore"), on=["issue", "target_at"]
    )
    if both.empty:
        raise NoDataError(f"no forecast was made by the cut-off of an issue of STEO's {series}.")
    named = {"value": "steo", "mean": "ours", "last_value": "no_change"}
    wanted = ["issue", "horizon", "target_at", "made_at", *named.values(), "actual"]
    return both.rename(columns=named)[wanted].sort_values(["issue", "horizon"], ignore_index=True)


def score_against_steo(aligned: pd.DataFrame, horizons: tuple[int, ...] = HORIZONS) -> pd.DataFrame:
    """Errors of ours and STEO's for months that are over: one row per horizon in months.

    issues (compared), rmse_ours, rmse_steo, rmse_ratio (ours over STEO's: below 1 is better),
    rmse_ratio_no_change (the last daily price over STEO's) and dm_p_value (small: ours is better
    by more than noise; NaN where too few issues do not overlap).
    """
    known = aligned.dropna(subset="actual")
    rows = {h: _scored(part) for h, part in known.groupby("horizon") if h in horizons}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("horizon")


def _scored(part: pd.DataFrame) -> dict[str, float]:
    part = part.sort_values("issue")
    losses = {
        name: ((part[name] - part["actual"]) ** 2).to_numpy(dtype=float)
        for name in ("ours", "steo", "no_change")
    }
    root = {name: math.sqrt(loss.mean()) for name, loss in losses.items()}
    month_ends = part["target_at"] + pd.offsets.MonthEnd()
    overlap = overlapping_origins(
        pd.DataFrame({"last_observed_at": part["made_at"], "target_at": month_ends})
    )
    return {
        "issues": len(part),
        "rmse_ours": root["ours"],
        "rmse_steo": root["steo"],
        "rmse_ratio": root["ours"] / root["steo"],
        "rmse_ratio_no_change": root["no_change"] / root["steo"],
        "dm_p_value": diebold_mariano(losses["ours"], losses["steo"], overlap),
    }


def _moments(issues: "pd.Index[str]", forecasts: pd.DataFrame) -> pd.DataFrame:
    """issue, made_at: our newest forecast by each issue's cut-off, if it is recent enough."""
    made_at = pd.DatetimeIndex(forecasts["made_at"].drop_duplicates().sort_values())
    ends = pd.DatetimeIndex([cutoff(issue) for issue in issues])
    newest = made_at.searchsorted(ends, side="right") - 1
    table = pd.DataFrame({"issue": issues, "made_at": made_at[newest.clip(0)], "end": ends})
    recent = (newest >= 0) & (table["end"] - table["made_at"] < _OLDEST)
    return table.loc[recent, ["issue", "made_at"]]


def _months(stamp: "pd.Series[str]") -> "pd.Series[int]":
    return stamp.str[:4].astype(int) * 12 + stamp.str[5:7].astype(int)
