"""What the site says of one commodity: prices, forecasts, leaderboards, the ledger, STEO."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from wellhead.calendars import now
from wellhead.catalogue.lookup import Instrument, find_instrument
from wellhead.catalogue.outlook import SERIES
from wellhead.catalogue.targets import Target
from wellhead.charts.forecasts import fan_chart
from wellhead.charts.scores import skill_chart
from wellhead.database.operations import get_price_data
from wellhead.evaluation.scoring.leaderboard import leaderboard
from wellhead.evaluation.selection.attribution import sentence
from wellhead.workflows.publishing.html import chart_html, untitled


@dataclass(frozen=True)
class TargetPart:
    """What the page says of one target of a commodity; `shown` are rows of `forecast`.

    `decision` is of the file of decisions: champion, version, reason, alarm, incumbent, standings
    and record.
    """

    kind: str
    decision: dict[str, Any]
    forecast: pd.DataFrame
    moved: list[str]
    """Why the champion's forecast differs from its last one, a sentence a shown horizon."""
    shown: list[dict[Any, Any]]
    leaderboard: list[dict[Any, Any]]
    skill: str


@dataclass(frozen=True)
class SteoPart:
    """Who was closer, STEO or a model: `rows` are (model, horizon -> scores), closest first."""

    champion: str | None
    """Of months."""
    horizons: list[int]
    rows: list[tuple[str, dict[int, dict[str, float]]]]


@dataclass(frozen=True)
class CommodityPage:
    """What the page says of one commodity."""

    instrument: Instrument
    as_of: pd.Timestamp
    age_days: int
    last_price: float
    fan: str
    targets: list[TargetPart]
    """Days first."""
    steo: SteoPart | None
    """None where STEO has no series of the commodity."""


def commodity_page(key: str, tasks: dict[str, dict[str, str]], source: str) -> CommodityPage:
    instrument = find_instrument(key)
    decisions = json.loads(Path(tasks[f"promote-{key}"]["decision"]).read_text(encoding="utf-8"))
    forecasts = pd.read_parquet(tasks[f"forecast-{key}"]["forecast"])
    scores = pd.read_parquet(tasks[f"promote-{key}"]["scores"])
    changes = pd.read_parquet(tasks[f"forecast-{key}"]["changes"])
    daily, *others = (
        _target(kind, decisions[kind], forecasts, scores, changes) for kind in decisions
    )
    champions = daily.forecast
    prices = get_price_data(key, "1900-01-01", source=source)
    as_of = prices["observed_at"].iloc[-1]
    return CommodityPage(
        instrument=instrument,
        as_of=as_of,
        age_days=(now() - as_of).days,
        last_price=float(prices["value"].iloc[-1]),
        targets=[daily, *others],
        fan=chart_html(untitled(fan_chart(prices, champions, instrument)), f"fan-{key}"),
        steo=steo_part(pd.read_parquet(tasks[f"steo-{key}"]["scores"]), decisions)
        if key in SERIES
        else None,
    )


def steo_part(scores: pd.DataFrame, decisions: dict[str, dict[str, str]]) -> SteoPart:
    """What the page says of scores against STEO; no rows where there are none."""
    order = scores.groupby("model")["rmse_ratio"].mean().sort_values().index
    rows = [
        (str(model), scores[scores["model"] == model].set_index("horizon").to_dict("index"))
        for model in order
    ]
    champion = decisions.get(Target.MONTHLY, {}).get("champion")
    return SteoPart(champion, sorted(scores["horizon"].unique()), rows)


def _target(
    kind: str,
    decision: dict[str, Any],
    forecasts: pd.DataFrame,
    scores: pd.DataFrame,
    changes: pd.DataFrame,
) -> TargetPart:
    of_champion = (forecasts["model"] == decision["champion"]) & (forecasts["target_kind"] == kind)
    made, own = forecasts[of_champion], scores[scores["target_kind"] == kind]
    shown = made[made["horizon"].isin(Target(kind).shown)]
    name = f"skill-{made['commodity'].iloc[0]}-{kind}"
    return TargetPart(
        kind=kind,
        decision=decision,
        forecast=made,
        moved=_moved(changes, shown),
        shown=shown.to_dict("records"),
        leaderboard=leaderboard(own).reset_index().to_dict("records"),
        skill=chart_html(untitled(skill_chart(own)), name),
    )


def _moved(changes: pd.DataFrame, shown: pd.DataFrame) -> list[str]:
    own = changes.merge(shown, on=["model", "target_kind", "target_at"])
    return [sentence(change, _when(change), change["unit"]) for _, change in own.iterrows()]


def _when(row: "pd.Series[Any]") -> str:
    day: pd.Timestamp = row["target_at"]
    return f"{day:%B %Y}" if row["target_kind"] == Target.MONTHLY else f"{day.day} {day:%B %Y}"
