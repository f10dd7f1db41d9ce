"""The unusual days of a price, in a few plain sentences."""

import pandas as pd

from wellhead.analytics.anomalies.report import AnomalyReport

_YEAR = pd.Timedelta(days=365)


def summary(report: AnomalyReport, name: str) -> str:
    """How many there were lately and usually, the newest, and what is taken for wrong data."""
    lately = report.since(report.day - _YEAR)
    own = lately[lately["series"] == name]
    sentences = [
        f"{name} had {_count(len(own), 'unusual day')} in the year until {report.day:%Y-%m-%d}; "
        f"the median year has {report.a_calm_year:g}.",
        *_newest(report.found),
        *_errors(lately),
        f"From {report.prices:,} prices.",
    ]
    return " ".join(sentences)


def _newest(found: pd.DataFrame) -> list[str]:
    if found.empty:
        return []
    row = found.iloc[-1]
    return [f"The newest, on {row['day']:%Y-%m-%d}: {row['reason']}{_verdict(row)}"]


def _verdict(row: "pd.Series[str]") -> str:
    if not row["because"]:
        return ""
    kind = "Not decided" if row["verdict"] == "open" else f"A {row['verdict']}"
    return f" {kind}: {row['because']}."


def _errors(lately: pd.DataFrame) -> list[str]:
    wrong = lately[lately["verdict"] == "data error"]
    if wrong.empty:
        return []
    days = ", ".join(f"{day:%Y-%m-%d}" for day in wrong["day"].tail(3))
    return [f"{_count(len(wrong), 'day')} may be wrong data, the newest: {days}."]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
