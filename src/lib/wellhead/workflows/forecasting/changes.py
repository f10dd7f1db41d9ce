"""Explains why each forecast differs from the previous forecast of its model."""

import logging
from pathlib import Path

import pandas as pd

from wellhead.catalogue.series import SeriesKey
from wellhead.catalogue.targets import Target
from wellhead.database.ledger import last_forecast_before
from wellhead.database.operations import get_vintages
from wellhead.errors import ArtifactError, NoDataError
from wellhead.evaluation.selection.attribution import PARTS, Predict, explain_change
from wellhead.files import replacing
from wellhead.tracking.registry import Registered, find_version
from wellhead.workflows.modelling.covariates import histories_of
from wellhead.workflows.modelling.versions import load_version

CHANGES = (
    "model",
    "target_kind",
    "target_at",
    "previous_version",
    "previous_made_at",
    "model_version",
    "made_at",
    "before",
    *PARTS,
    "after",
)

_log = logging.getLogger(__name__)


def explain_changes(forecasts: pd.DataFrame, to: dict[str, str] | None = None) -> pd.DataFrame:
    """How much of each forecast's change comes from new data, revised data or a changed model.

    `forecasts` are new ones of one commodity, as `forecast` returns them. Each is compared with the
    newest forecast in the ledger that its model made of the same target from earlier prices. One
    row a (model, target_kind, target_at) that both forecast, with the columns CHANGES, in the
    price's unit. A model's first forecast has no rows; neither has one whose earlier version cannot
    be loaded, which is logged. `to` names a file to write, `changes` (Parquet).
    """
    parts = [_explained(rows) for _, rows in forecasts.groupby(["model", "target_kind"])]
    explained = [part for part in parts if not part.empty]
    empty = pd.DataFrame(columns=list(CHANGES))
    changes = pd.concat(explained, ignore_index=True) if explained else empty
    if to is not None:
        with replacing(Path(to["changes"])) as path:
            changes.to_parquet(path, index=False)
    return changes


def _explained(rows: pd.DataFrame) -> pd.DataFrame:
    """The changes of one model's forecast of one target; empty if there is nothing to compare."""
    row, count = rows.iloc[0], int(rows["horizon"].max())
    new = find_version(row["commodity"], Target(row["target_kind"]), row["model_version"])
    previous = last_forecast_before(
        new.commodity, new.target, new.source, new.model, row["made_at"]
    )
    if previous is None:
        return pd.DataFrame()
    vintages = get_vintages(SeriesKey(new.commodity, new.source))
    try:
        old = find_version(new.commodity, new.target, previous.model_version)
        predict = _predictor(old, count), _predictor(new, count)
        change = explain_change(*predict, vintages, previous.made_at, row["made_at"])
    except (ArtifactError, NoDataError) as error:
        _log.warning("the change of %s %s is not explained: %s", new.model, new.target, error)
        return pd.DataFrame()
    return change.reset_index().assign(
        model=new.model,
        target_kind=new.target.value,
        model_version=new.version,
        made_at=row["made_at"],
        previous_version=old.version,
        previous_made_at=previous.made_at,
    )[list(CHANGES)]


def _predictor(version: Registered, count: int) -> Predict:
    """The mean forecast of a version, for the next `count` sessions or months."""
    deployed = load_version(version)

    def predict(known: pd.DataFrame) -> "pd.Series[float]":
        histories = histories_of(known, SeriesKey(version.commodity, version.source))
        made_at = known["available_at"].max()
        _, target_at, statistics = deployed.forecast(version.target, histories, made_at, count)
        return pd.Series(statistics[:, 0], index=target_at)

    return predict
