"""All about how one price moves with others: now, over time, in the long run."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from wellhead.analytics.correlation.breaks import SIZE, breaks
from wellhead.analytics.correlation.clusters import clusters
from wellhead.analytics.correlation.coefficients import (
    WINDOWS,
    correlation,
    correlations,
    lead_lag,
    weighted_correlation,
)
from wellhead.analytics.correlation.cointegration import Cointegration, cointegration
from wellhead.analytics.correlation.ranked import ranked_changes
from wellhead.errors import NotEnoughHistoryError
from wellhead.evaluation.scoring.significance import holm

FEWEST = 250
"""Common days from which a series is compared."""


@dataclass(frozen=True)
class CorrelationReport:
    """How a price moves with others, from its last day, `day`.

    `pairs`: a row another series, the most alike first: series, first, days (common), correlation
    of all of them with its interval and p-value corrected for the number of series (`low`, `high`,
    `p_corrected`); that of the newest 21, 63 and 252 days with its interval (`correlation_63`,
    `low_63`, `high_63`), and with exponential weights (`weighted`). `leads`: a row a (series, lag)
    of `lead_lag`, with p-values corrected for all of them. `breaks`: a row a change of a
    correlation: series, day, before, after, p_value. `clusters`: those of `clusters`, over all
    series. `relations`: of prices that may share a trend. `rolling`: a column a series, the
    correlation of 252 days by day.
    """

    day: pd.Timestamp
    pairs: pd.DataFrame
    leads: pd.DataFrame
    breaks: pd.DataFrame
    clusters: pd.DataFrame
    relations: Mapping[str, Cointegration]
    rolling: pd.DataFrame


def correlation_report(
    prices: pd.DataFrame, key: str, relations: Mapping[str, Sequence[str]] | None = None
) -> CorrelationReport:
    """The report on column `key` of daily `prices`, a column a series.

    `relations`: name -> the columns of a relation, as `cointegration` takes them. Changes
    are those of `ranked_changes`, each from one of a series' own days to the next. Raises
    NotEnoughHistoryError where no other series has 250 days in common with it.
    """
    changes = pd.DataFrame({name: ranked_changes(prices[name]) for name in prices})
    own = changes[key].dropna()
    changes = changes[[name for name in changes if _common(own, changes[name]) >= FEWEST]]
    others = [str(name) for name in changes if name != key]
    if not others:
        raise NotEnoughHistoryError(
            f"no other series has {FEWEST} days in common with {key}: load one, as "
            f"`wellhead ingest --series BRENT`."
        )
    table, size = correlations(changes), SIZE / len(others)
    pairs = _pairs(table, key, changes)
    return CorrelationReport(
        day=own.index[-1],
        pairs=pairs,
        leads=_leads(own, changes[others]),
        breaks=_each(others, lambda name: pd.DataFrame(breaks(own, changes[name], size))),
        clusters=clusters(table),
        relations=_relations(prices, relations or {}),
        rolling=_rolling(own, changes[list(pairs["series"])]),
    )


def _common(own: pd.Series, other: pd.Series) -> int:
    return len(own.index.intersection(other.dropna().index))


def _pairs(table: pd.DataFrame, key: str, changes: pd.DataFrame) -> pd.DataFrame:
    own = table[(table["left"] == key) | (table["right"] == key)]
    rows = [
        {
            "series": (other := str(row["right"] if row["left"] == key else row["left"])),
            "first": changes[[key, other]].dropna().index[0],
            **row[["days", "correlation", "low", "high", "p_value"]],
            **_newest(changes[key], changes[other]),
        }
        for _, row in own.iterrows()
    ]
    pairs = pd.DataFrame(rows)
    corrected = holm(dict(zip(pairs["series"], pairs["p_value"], strict=True)))
    pairs.insert(6, "p_corrected", pairs["series"].map(corrected))
    return pairs.sort_values("correlation", ascending=False, key=abs).reset_index(drop=True)


def _newest(left: pd.Series, right: pd.Series) -> dict[str, float]:
    """The correlation of the newest days, by window and with exponential weights."""
    both = pd.DataFrame({"left": left, "right": right}).dropna()
    of_window = {
        window: correlation(both["left"].tail(window), both["right"].tail(window))
        for window in WINDOWS
        if len(both) >= window
    }
    newest = {
        f"{name}_{window}": row[name]
        for window, row in of_window.items()
        for name in ("correlation", "low", "high")
    }
    return {**newest, "weighted": float(weighted_correlation(left, right).iloc[-1])}


def _rolling(own: "pd.Series[float]", others: pd.DataFrame) -> pd.DataFrame:
    """As `rolling_correlation`, without its intervals: they take a hundred times as long."""
    columns = {}
    for name in others:
        both = pd.DataFrame({"own": own, "other": others[name]}).dropna()
        columns[name] = both["own"].rolling(WINDOWS[-1]).corr(both["other"])
    return pd.DataFrame(columns).dropna(how="all")


def _leads(own: pd.Series, others: pd.DataFrame) -> pd.DataFrame:
    """`lead_lag` of every series, its p-values corrected for all series and lags."""
    leads = _each(list(map(str, others)), lambda name: lead_lag(own, others[name]))
    judged = leads[leads["lag"] != 0]
    p_values = {str(place): float(p) for place, p in judged["p_value"].items()}
    corrected = {int(place): p for place, p in holm(p_values).items()}
    return leads.assign(p_corrected=leads.index.map(corrected))


def _each(names: Sequence[str], of: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """The rows of every series, with the column series in front."""
    parts = {name: rows for name in names if len(rows := of(name))}
    if not parts:
        return pd.DataFrame()
    return pd.concat(parts, names=["series"]).reset_index("series").reset_index(drop=True)


def _relations(
    prices: pd.DataFrame, relations: Mapping[str, Sequence[str]]
) -> dict[str, Cointegration]:
    """Those whose prices are there, and have enough days in common."""
    found = {}
    for name, columns in relations.items():
        if set(columns) <= set(prices):
            with suppress(NotEnoughHistoryError):
                found[name] = cointegration(prices[list(columns)])
    return found
