"""The volatility of a price in a few plain sentences."""

import pandas as pd

from wellhead.analytics.volatility.models import BENCHMARK
from wellhead.analytics.volatility.report import MONTH, VolatilityReport

_SHOWN = 0.95  # level of the value at risk in the summary


def summary(report: VolatilityReport, name: str, unit: str) -> str:
    """What is forecast, by which model, how unusual that is, and what may be lost."""
    (month,) = report.forecasts[report.forecasts["horizon"] == MONTH].to_dict("records")
    of_month = report.scores[report.scores["horizon"] == MONTH]
    scores = {row["model"]: row for row in of_month.to_dict("records")}
    model = month["model"]
    sentences = [
        f"{name} is forecast to move by {_percent(month['volatility'])} a year over the next "
        f"{MONTH} sessions, more than was forecast on {_percent(month['share_below'])} of "
        f"{len(report.path) - 1:,} earlier days.",
        f"The forecast is by {model}, with the lowest loss (QLIKE) of {len(scores)} models until "
        f"now: {scores[model]['qlike']:.2f} from {scores[model]['origins']:,} days, and "
        f"{scores[BENCHMARK]['qlike']:.2f} by the benchmark {BENCHMARK}.",
        *_of_risk(report.risk, unit),
        f"From {report.changes:,} changes until {report.day:%Y-%m-%d}.",
    ]
    return " ".join(sentences)


def _of_risk(risk: pd.DataFrame, unit: str) -> list[str]:
    if risk.empty:
        return ["Value at risk needs more history."]
    (row,) = risk[(risk["side"] == "long") & (risk["level"] == _SHOWN)].to_dict("records")
    record = (
        f"; this much was lost on {row['exceeded']:,.0f} of {row['days']:,.0f} days, where "
        f"{row['expected']:,.0f} were expected"
        if "days" in row
        else ""
    )
    return [
        f"On one day in twenty it falls by more than {row['value_at_risk']:.2f} {unit}, then by "
        f"{row['expected_shortfall']:.2f} on average{record}."
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
