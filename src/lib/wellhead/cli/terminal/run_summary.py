"""The closing lines of a run: where its results are, and what to do next."""

from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.series import SeriesKey
from wellhead.catalogue.targets import Target
from wellhead.settings import get_settings
from wellhead.workflows.champions.tenure import tenures
from wellhead.workflows.forecasting.serving import first_champion_forecast
from wellhead.workflows.modelling.covariates import outdated_covariates
from wellhead.workflows.quality.reports import caught_by_rule, newest_batches

_NEXT = """
Next        make dashboards   the results as pages in the browser
            make api          the forecasts for other programs
            make lab          the notebooks, to change and run again"""
_ARCHIVE = """
These prices come with the packages and end there. For current ones, without an account:
            make run SOURCE=fred
To use your own:
            make run SOURCE=csv WELLHEAD_CSV_DIR=FOLDER   (files: docs/files.md)
Other live sources: docs/sources.md"""


def closing_lines(source: str, commodities: tuple[Instrument, ...]) -> str:
    """The places of the results, what rules caught, champions with their dates, next commands."""
    artifacts = get_settings().artifacts
    lines = [
        "",
        f"Report      {artifacts / 'site' / 'index.html'}",
        f"Forecasts   {artifacts / 'forecasts'}, and view `forecasts` of the database",
        f"Notebooks   {artifacts / 'notebooks'}",
    ]
    lines += gate_lines(source, commodities)
    for instrument in commodities:
        lines += [_champion_line(instrument), *alarm_lines(instrument)]
        lines += _outdated_lines(SeriesKey(instrument.key, source))
    lines.append(_NEXT)
    if source == "archive":
        lines.append(_ARCHIVE)
    return "\n".join(lines)


def gate_lines(source: str, commodities: tuple[Instrument, ...]) -> list[str]:
    """What rules flagged or rejected in the newest prices of each commodity."""
    caught = caught_by_rule(newest_batches(source), "flag", "reject")
    daily = caught[caught["frequency"] == "daily"]
    counts = daily["rule"] + " (" + daily["caught"].astype(str) + ")"
    by_key = {
        instrument.key: counts[daily["commodity"] == instrument.key] for instrument in commodities
    }
    return [
        f"Rules       rows of {key} that a rule caught (wellhead quality): {', '.join(rules)}"
        for key, rules in by_key.items()
        if len(rules)
    ]


def alarm_lines(instrument: Instrument) -> list[str]:
    """The reason of each decision with an alarm."""
    return [
        f"Champion    {instrument.key} ({tenure.champion.target}): {tenure.alarm_reason}"
        for tenure in tenures(instrument)
        if tenure.alarm_reason
    ]


def _outdated_lines(series: SeriesKey) -> list[str]:
    return [
        f"Covariate   {key}: its newest value, of {day:%Y-%m-%d}, is too old for "
        f"{series.commodity}: the models go without it. Load newer ones."
        for key, day in outdated_covariates(series).items()
    ]


def _champion_line(instrument: Instrument) -> str:
    served = first_champion_forecast(instrument)
    steps = "days" if served.target == Target.DAILY else "months"
    return (
        f"Champion    {instrument.key}: {served.model}. Prices as of "
        f"{served.last_observed_at:%d %B %Y}; the forecast is for the {steps} after it."
    )
