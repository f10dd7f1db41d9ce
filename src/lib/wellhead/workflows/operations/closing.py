"""The last words of a run: where everything is, and what to do next."""

from wellhead.database.operations import get_price_data
from wellhead.settings import get_settings
from wellhead.tracking.registry import champion
from wellhead.workflows.champions.tenure import tenures


def closing_words(source: str, commodities: list[str]) -> str:
    """The report's place, each champion with its data's date, alarms, and the next commands."""
    artifacts = get_settings().artifacts
    lines = [
        "",
        f"Report      {artifacts / 'site' / 'index.html'}",
        f"Forecasts   {artifacts / 'forecasts'}, and table `forecasts` of the database",
        f"Notebooks   {artifacts / 'notebooks'}",
    ]
    for key in commodities:
        last = get_price_data(key, source=source)["observed_at"].iloc[-1]
        lines.append(
            f"Champion    {key}: {champion(key).model}. Prices as of {last:%d %B %Y}; the forecast "
            "is of the days after it."
        )
        lines += [
            f"Champion    {key} ({tenure.champion.target}): {tenure.champion.reason}"
            for tenure in tenures(key)
            if tenure.alarm
        ]
    lines += [
        "",
        "Next        make dashboards   the same in the browser, to play with",
        "            make api          the forecasts for other programs",
        "            make lab          the notebooks, to change and run again",
    ]
    if source == "archive":
        lines += [
            "",
            "These prices ship with the packages and end there. To use your own:",
            "            make run SOURCE=csv WELLHEAD_CSV_DIR=FOLDER   (files with date,value)",
            "To go live, set EIA_API_KEY or FRED_API_KEY (free; docs/sources.md says where), then:",
            "            make run SOURCE=eia",
        ]
    return "\n".join(lines)
