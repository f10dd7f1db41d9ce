"""The closing message of a run: where its results are, and what to do next."""

from wellhead.catalogue.targets import Target
from wellhead.database.operations import get_price_data
from wellhead.settings import get_settings
from wellhead.tracking.registry import champion
from wellhead.workflows.champions.tenure import tenures

_NEXT = """
Next        make dashboards   the same in the browser, to play with
            make api          the forecasts for other programs
            make lab          the notebooks, to change and run again"""
_LIVE = """
These prices ship with the packages and end there. To use your own:
            make run SOURCE=csv WELLHEAD_CSV_DIR=FOLDER   (files with date,value)
To go live, set EIA_API_KEY or FRED_API_KEY (free; docs/sources.md says where), then:
            make run SOURCE=eia"""


def closing_message(source: str, commodities: list[str]) -> str:
    """Where the report is, each champion with the date of its data, alarms, and next commands."""
    artifacts = get_settings().artifacts
    lines = [
        "",
        f"Report      {artifacts / 'site' / 'index.html'}",
        f"Forecasts   {artifacts / 'forecasts'}, and table `forecasts` of the database",
        f"Notebooks   {artifacts / 'notebooks'}",
        *(line for key in commodities for line in _champions(key, source)),
        _NEXT,
    ]
    return "\n".join([*lines, _LIVE] if source == "archive" else lines)


def _champions(key: str, source: str) -> list[str]:
    """The champion of the daily target, and the reason of each decision with an alarm."""
    last = get_price_data(key, source=source)["observed_at"].iloc[-1]
    best = champion(key, Target.DAILY)
    return [
        f"Champion    {key}: {best.model}. Prices as of {last:%d %B %Y}; the forecast is of the "
        "days after it.",
        *(
            f"Champion    {key} ({tenure.champion.target}): {tenure.champion.reason}"
            for tenure in tenures(key)
            if tenure.alarm
        ),
    ]
