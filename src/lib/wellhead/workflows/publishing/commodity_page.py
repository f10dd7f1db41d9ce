"""The part of the site about one commodity: prices, forecasts, leaderboards, ledger, STEO.

Forecasts, champions, reasons and track records come from the database, through the functions that
serve API and dashboards. Three things come from files of the run, because no table has them:
the scores that the newest promotion compared (table `scores` keeps every version's), the changes
between forecasts, and the comparison with STEO.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.outlook import SERIES
from wellhead.catalogue.targets import Target
from wellhead.charts.forecasts import fan_chart
from wellhead.charts.scores import skill_chart
from wellhead.database.operations import get_price_data
from wellhead.errors import NoDataError
from wellhead.evaluation.scoring.leaderboard import leaderboard
from wellhead.evaluation.selection.attribution import sentence
from wellhead.workflows.champions.tenure import Tenure, tenure
from wellhead.workflows.forecasting.serving import ServedForecast, champion_forecast
from wellhead.workflows.market.analysis import StoredAnalysis, stored_analyses
from wellhead.workflows.publishing.html import chart_html, untitled

Rows = list[dict[Any, Any]]


@dataclass(frozen=True)
class TargetPart:
    """One target of a commodity on the page."""

    target: Target
    tenure: Tenure
    served: ServedForecast
    changes: list[str]
    """Why the champion's forecast differs from its previous one, a sentence a shown horizon."""
    shown: Rows
    """The rows of the forecast at the target's shown horizons."""
    leaderboard: Rows
    skill: str
    """The chart of MSPE ratios, as HTML."""


@dataclass(frozen=True)
class SteoPart:
    """The comparison with STEO: `rows` are (model, horizon -> scores), the closest first."""

    champion: str | None
    """The champion of averages of months."""
    horizons: list[int]
    rows: list[tuple[str, dict[int, dict[str, float]]]]


@dataclass(frozen=True)
class CommodityPage:
    """The part of the site about one commodity."""

    instrument: Instrument
    as_of: pd.Timestamp
    age_days: int
    last_price: float
    fan: str
    """The fan chart of the first target, as HTML."""
    targets: list[TargetPart]
    """Daily first."""
    steo: SteoPart | None
    """None if STEO has no series of the commodity."""
    analyses: list[StoredAnalysis]
    """The newest of each kind."""


def commodity_page(instrument: Instrument, tasks: dict[str, dict[str, str]]) -> CommodityPage:
    """The page of a commodity; `tasks` maps each task of the run to its products.

    The prices are those of the source that the champion forecasts from: after a rollback this can
    be another than the run's.
    """
    key = instrument.key
    scores = pd.read_parquet(tasks[f"promote-{key}"]["scores"])
    changes = pd.read_parquet(tasks[f"forecast-{key}"]["changes"])
    scored = set(scores["target_kind"])
    parts = [_part(instrument, target, scores, changes) for target in Target if target in scored]
    prices = get_price_data(key, source=parts[0].served.source)
    as_of = prices["observed_at"].iloc[-1]
    fan = fan_chart(prices, parts[0].served.forecast, instrument)
    return CommodityPage(
        instrument=instrument,
        as_of=as_of,
        age_days=(now() - as_of).days,
        last_price=float(prices["value"].iloc[-1]),
        fan=chart_html(untitled(fan), f"fan-{key}"),
        targets=parts,
        steo=_steo(tasks[f"steo-{key}"]["scores"], parts) if key in SERIES else None,
        analyses=_analyses(key, parts[0].served.source),
    )


def _analyses(key: str, source: str) -> list[StoredAnalysis]:
    try:
        return stored_analyses(key, source=source)
    except NoDataError:
        return []


def steo_part(scores: pd.DataFrame, champion: str | None) -> SteoPart:
    """The comparison with STEO on the page; without rows if there are no scores."""
    order = scores.groupby("model")["rmse_ratio"].mean().sort_values().index
    rows = [
        (str(model), scores[scores["model"] == model].set_index("horizon").to_dict("index"))
        for model in order
    ]
    return SteoPart(champion, sorted(scores["horizon"].unique()), rows)


def _steo(file: str, parts: list[TargetPart]) -> SteoPart:
    champions = {part.target: part.served.model for part in parts}
    return steo_part(pd.read_parquet(file), champions.get(Target.MONTHLY))


def _part(
    instrument: Instrument, target: Target, scores: pd.DataFrame, changes: pd.DataFrame
) -> TargetPart:
    served, own = champion_forecast(instrument, target), scores[scores["target_kind"] == target]
    shown = served.forecast[served.forecast["horizon"].isin(target.shown)]
    name = f"skill-{instrument.key}-{target}"
    return TargetPart(
        target=target,
        tenure=tenure(instrument, target),
        served=served,
        changes=_sentences(changes, shown, served),
        shown=shown.to_dict("records"),
        leaderboard=leaderboard(own).reset_index().to_dict("records"),
        skill=chart_html(untitled(skill_chart(own)), name),
    )


def _sentences(changes: pd.DataFrame, shown: pd.DataFrame, served: ServedForecast) -> list[str]:
    of_version = changes["model_version"].eq(served.version)  # another one after a rollback
    own = changes[of_version & changes["target_kind"].eq(served.target)]
    rows = own.merge(shown["target_at"], on="target_at")
    return [sentence(row, _date(row, served.target), served.unit) for _, row in rows.iterrows()]


def _date(row: "pd.Series[Any]", target: Target) -> str:
    day: pd.Timestamp = row["target_at"]
    return f"{day:%B %Y}" if target == Target.MONTHLY else f"{day.day} {day:%B %Y}"
