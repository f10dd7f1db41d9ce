"""How a price moves with others, in a few plain sentences."""

from collections.abc import Mapping

import pandas as pd

from wellhead.analytics.correlation.report import CorrelationReport

SIZE = 0.05


def summary(report: CorrelationReport, key: str, closes_later: Mapping[str, bool]) -> str:
    """What moves with `key`, what leads it, what changed, and whether a spread comes back.

    `closes_later`: whether a series' market closes after that of `key`.
    """
    sentences = [
        *_together(report.pairs, key),
        *_leads(report.leads, key, closes_later),
        *_changed(report.breaks, key),
        *(
            _relation(name, relation.p_value, relation.half_life, relation.deviation, relation.z)
            for name, relation in report.relations.items()
        ),
    ]
    return " ".join(sentences)


def _together(pairs: pd.DataFrame, key: str) -> list[str]:
    related = pairs[pairs["p_corrected"] < SIZE]
    first, last = pairs["first"].min(), pairs["days"].max()
    window = f"(up to {last:,.0f} days from {first:%Y-%m-%d} on)"
    if related.empty:
        return [f"No series of {len(pairs)} moves with {key} by more than chance {window}."]
    row = related.iloc[0]
    return [
        f"{row['series']} moves with {key} the most, of {len(pairs)} series {window}: the "
        f"rank correlation of their daily changes is {row['correlation']:.2f}, between "
        f"{row['low']:.2f} and {row['high']:.2f}{_lately(row)}."
    ]


def _lately(row: "pd.Series[float]") -> str:
    if "correlation_63" not in row or pd.isna(row["correlation_63"]):
        return ""
    return (
        f"; over the newest 63 days {row['correlation_63']:.2f}, between {row['low_63']:.2f} and "
        f"{row['high_63']:.2f}"
    )


def _leads(leads: pd.DataFrame, key: str, closes_later: Mapping[str, bool]) -> list[str]:
    """The strongest lead of another series over `key`, and what it may be worth."""
    if leads.empty:
        return []
    ahead = leads[(leads["lag"] < 0) & (leads["p_corrected"] < SIZE)]
    if ahead.empty:
        return [f"No series moves before {key} by more than chance."]
    row = ahead.iloc[int(ahead["correlation"].abs().to_numpy().argmax())]
    days = -int(row["lag"])
    note = (
        "; its market closes later, so that this part of the day cannot be traded on"
        if days == 1 and closes_later.get(str(row["series"]), False)
        else ""
    )
    return [
        f"{row['series']} moves {days} day{'s' if days > 1 else ''} before {key}, with a "
        f"correlation of {row['correlation']:.2f}{note}."
    ]


def _changed(breaks: pd.DataFrame, key: str) -> list[str]:
    if breaks.empty:
        return []
    row = breaks.sort_values("day").iloc[-1]
    return [
        f"The newest change: the correlation of {key} and {row['series']} went from "
        f"{row['before']:.2f} to {row['after']:.2f} around {row['day']:%Y-%m-%d}."
    ]


def _relation(name: str, p_value: float, half_life: float, deviation: float, z: float) -> str:
    if p_value >= SIZE:
        return f"{name}: no common trend is found (p {p_value:.2f})."
    side = "above" if deviation > 0 else "below"
    return (
        f"{name}: the prices share a trend (p {_p(p_value)}), and half of a deviation from it "
        f"fades in {half_life:.0f} days; now it is {abs(deviation):.2f} {side}, "
        f"{abs(z):.1f} standard deviations."
    )


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.3f}"
