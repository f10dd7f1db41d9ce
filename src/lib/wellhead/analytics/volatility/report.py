"""All about the volatility of one price: forecasts, their scores, and the losses it threatens."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellhead.analytics.volatility.backtest import REFIT, Blocks, backtest_all
from wellhead.analytics.volatility.interface import HORIZONS, History, history
from wellhead.analytics.volatility.models import MODELS
from wellhead.analytics.volatility.ranges import range_variance
from wellhead.analytics.volatility.risk import risk_forecasts
from wellhead.analytics.volatility.risk_tests import risk_record
from wellhead.analytics.volatility.scores import score
from wellhead.analytics.volatility.selection import chosen
from wellhead.errors import NotEnoughHistoryError
from wellhead.features.changes import level, signed_return
from wellhead.features.rolling import SESSIONS_A_YEAR

SCORED = 3000
"""Sessions from which the models forecast to be compared: twelve years."""
MONTH = 22
"""The horizon of the summary, in sessions."""
_NEEDED = max(model.needed for model in MODELS.values())
FEWEST = _NEEDED + max(HORIZONS) + 1
"""Changes from which the models can be compared at every horizon."""


@dataclass(frozen=True)
class VolatilityReport:
    """The volatility of one price from its last day, `day`.

    `forecasts`: a row a horizon: horizon (sessions), model (the one with the lowest past loss),
    volatility (a ratio a year) and share_below (the share of the forecasts from earlier days that
    were lower). `scores`: those of `score`. `risk`: a row a (side, level): value_at_risk and
    expected_shortfall of the next session, in the price's unit, and their record (`RiskRecord`);
    empty with fewer than 1,000 forecasts. `path`: the volatility forecast for a month from each
    origin, a ratio a year. `backtests`: model, and the columns of `backtest`.
    """

    day: pd.Timestamp
    changes: int
    forecasts: pd.DataFrame
    scores: pd.DataFrame
    risk: pd.DataFrame
    path: pd.Series
    backtests: pd.DataFrame


def volatility_report(
    bars: pd.DataFrame, *, scored: int = SCORED, done: Blocks | None = None
) -> VolatilityReport:
    """The report on daily `bars`: column value, and open, high, low where they are known.

    The models forecast from the newest `scored` sessions or a few less, and are fitted every 63
    sessions; `done` as in `backtest`. Raises NotEnoughHistoryError.
    """
    past = _history(bars)
    if len(past) < FEWEST:
        raise NotEnoughHistoryError(
            f"volatility models are compared on {FEWEST} daily changes at least, and there are "
            f"{len(past)}: load more history."
        )
    frames = backtest_all(MODELS, past, _first_origin(len(past), scored), done=done)
    choice = chosen(frames)
    return VolatilityReport(
        day=past.days[-1],
        changes=len(past),
        forecasts=_forecasts(choice),
        scores=score(frames),
        risk=_risk(past, choice, float(level(bars["value"]).iloc[-1])),
        path=_yearly(choice[choice["horizon"] == MONTH].set_index("origin")["variance"]),
        backtests=pd.concat(frames, names=["model"]).reset_index("model"),
    )


def _history(bars: pd.DataFrame) -> History:
    changes = signed_return(bars["value"])
    if not {"open", "high", "low"} <= set(bars):
        return history(changes)
    return history(changes, range_variance(bars).fillna(changes**2))


def _first_origin(count: int, scored: int) -> int:
    """The first of the fits, which lie at the same days whatever comes after them.

    Some outcomes at the longest horizon are known in any case.
    """
    fewest = max(scored, max(HORIZONS) + REFIT + 1)
    fits = max(0, -(-(count - fewest - _NEEDED) // REFIT))
    return _NEEDED + REFIT * fits


def _forecasts(choice: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for horizon in HORIZONS:
        of_horizon = choice[choice["horizon"] == horizon]
        newest, before = of_horizon.iloc[-1], of_horizon["variance"].iloc[:-1]
        rows.append(
            {
                "horizon": horizon,
                "model": newest["model"],
                "volatility": float((newest["variance"] * SESSIONS_A_YEAR) ** 0.5),
                "share_below": float((before < newest["variance"]).mean()),
            }
        )
    return pd.DataFrame(rows)


def _risk(past: History, choice: pd.DataFrame, price_level: float) -> pd.DataFrame:
    next_day = choice[choice["horizon"] == 1].set_index("origin")["variance"]
    variances = next_day.reindex(past.days).to_numpy(float)
    try:
        forecasts = risk_forecasts(past, variances)
    except NotEnoughHistoryError:
        return pd.DataFrame()
    rows = [
        _risk_row(part, {"side": side, "level": of_level}, price_level)
        for (side, of_level), part in forecasts.groupby(["side", "level"])
    ]
    return pd.DataFrame(rows)


def _risk_row(
    part: pd.DataFrame, named: Mapping[str, object], price_level: float
) -> dict[str, object]:
    newest = part.iloc[-1]
    in_unit = {
        name: float(newest[name]) * price_level for name in ("value_at_risk", "expected_shortfall")
    }
    record = vars(risk_record(part)) if len(part) > 1 else {}
    return {**named, **in_unit, **record}


def _yearly(variances: pd.Series) -> pd.Series:
    return pd.Series(np.sqrt(variances * SESSIONS_A_YEAR), name="volatility")
