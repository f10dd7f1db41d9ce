"""The season of a price, in a few plain sentences."""

from calendar import month_name

import pandas as pd

from wellhead.analytics.seasonality.report import SeasonalityReport
from wellhead.analytics.seasonality.season import Season
from wellhead.analytics.seasonality.storage import StorageSeason

SIZE = 0.05


def summary(report: SeasonalityReport, name: str, stock_unit: str = "") -> str:
    """Whether there is a season, which, and whether one could have used it."""
    sentences = [
        _found(report.season, report.months, name),
        _of_use(report.season),
        *_weekdays(report.weekdays),
        *([_storage(report.storage, stock_unit)] if report.storage else []),
        f"From {report.season.years} complete years, {report.first:%Y-%m-%d} to "
        f"{report.day:%Y-%m-%d}.",
    ]
    return " ".join(sentences)


def _found(season: Season, months: pd.DataFrame, name: str) -> str:
    if not season.is_found:
        return (
            f"No season is found in {name}: its months differ by no more than chance "
            f"(p {season.p_value:.2f})."
        )
    best, worst = months.iloc[season.best - 1], months.iloc[season.worst - 1]
    return (
        f"{name} has a season (p {_p(season.p_value)}): its level is highest in "
        f"{month_name[season.best]}, {_effect(best)}, and lowest in {month_name[season.worst]}, "
        f"{_effect(worst)}."
    )


def _effect(month: "pd.Series[float]") -> str:
    side = "above" if month["effect"] > 0 else "below"
    return (
        f"{abs(month['effect']):.1f} % {side} the year's mean (95 %: {month['low']:+.1f} to "
        f"{month['high']:+.1f} %)"
    )


def _of_use(season: Season) -> str:
    could = "could have been used" if season.was_of_use else "could not have been used"
    return (
        f"In real time it {could}: a forecast of each month's change by its past has "
        f"{season.mspe_ratio:.2f} of the squared error of no change (p {season.mspe_p_value:.2f})."
    )


def _weekdays(weekdays: pd.DataFrame) -> list[str]:
    if weekdays.empty:
        return []
    unusual = weekdays[weekdays["p_corrected"] < SIZE]
    if unusual.empty:
        return ["No weekday differs from the others by more than chance."]
    effect = max(unusual["effect"], key=abs)
    day = unusual.index[list(unusual["effect"]).index(effect)]
    return [
        f"Changes on {day}s are {abs(effect):.2f} usual moves {'higher' if effect > 0 else 'lower'}"
        " than on other days."
    ]


def _storage(storage: StorageSeason, unit: str) -> str:
    side = "above" if storage.surplus > 0 else "below"
    inside = storage.low <= storage.stock <= storage.high
    return (
        f"On {storage.day:%Y-%m-%d} there were {storage.stock:,.0f} {unit} in storage, "
        f"{abs(storage.surplus):.0f} % {side} the mean of the same week in the five years before "
        f"and {'within' if inside else 'outside'} their range."
    )


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.3f}"
