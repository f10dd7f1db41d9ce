"""Verb: why each forecast differs from the one that its model made before."""

import logging
from pathlib import Path

import pandas as pd

from wellhead.catalogue.series import SeriesKey
from wellhead.catalogue.targets import Target
from wellhead.database.ledger import last_forecast_before
from wellhead.database.operations import get_vintages
from wellhead.errors import ArtifactError, NoDataError
from wellhead.evaluation.calibration.deployed import load_deployed
from wellhead.evaluation.selection.attribution import PARTS, Predict, explain_change
from wellhead.files import replacing
from wellhead.tracking.registry import Registered, artifact_folder, find_version
from wellhead.workflows.modelling.covariates import histories_of

CHANGES = (
    "model", "target_kind", "target_at", "previous_version", "previous_made_at", "model_version",
    "made_at", "before", *PARTS, "after",
)  # fmt: skip

_log = logging.getLogger(__name__)


def explain_changes(forecasts: pd.DataFrame, to: dict[str, str] | None = None) -> pd.DataFrame:
    """How much of each move of a forecast comes from new data, revised data or a changed model.

    `forecasts` are new ones of one commodity, as `forecast` gives them. Each is set against the
    newest in the ledger that its model made of the same target from earlier prices. One row a
    (model, target_kind, target_at) that both forecast, with the columns CHANGES, in the price's
    unit; none for a model's first forecast, nor where the version of then cannot be loaded, which
    is logged. `to` names a file to write, `changes` (Parquet).
    """
    parts = [_explained(made) for _, made in forecasts.groupby(["model", "target_kind"])]
    explained = [part for part in parts if not part.empty]
    none = pd.DataFrame(columns=list(CHANGES))
    changes = pd.concat(explained, ignore_index=True) if explained else none
    if to is not None:
        with replacing(Path(to["changes"])) as path:
            changes.to_parquet(path, index=False)
    return changes


def _explained(made: pd.DataFrame) -> pd.DataFrame:
    row, count = made.iloc[0], int(made["horizon"].max())
    new = find_version(row["commodity"], Target(row["target_kind"]), row["model_version"])
    then = last_forecast_before(new.commodity, new.target, new.source, new.model, row["made_at"])
    if then is None:
        return pd.DataFrame()
    vintages = get_vintages(SeriesKey(new.commodity, new.source))
    try:
        old = find_version(new.commodity, new.target, then.model_version)
        predict = _predicting(old, count), _predicting(new, count)
        change = explain_change(*predict, vintages, then.made_at, row["made_at"])
    except (ArtifactError, NoDataError) as error:
        _log.warning("the change of %s %s is not explained: %s", new.model, new.target, error)
        return pd.DataFrame()
    return change.reset_index().assign(
        model=new.model,
        target_kind=new.target.value,
        model_version=new.version,
        made_at=row["made_at"],
        previous_version=old.version,
        previous_made_at=then.made_at,
    )[list(CHANGES)]


def _predicting(version: Registered, count: int) -> Predict:
    """What a version says of the next `count` sessions or months of what is known."""
    published = load_deployed(artifact_folder(version))

    def predict(known: pd.DataFrame) -> "pd.Series[float]":
        histories = histories_of(known, version.commodity, version.source)
        made_at = known["available_at"].max()
        _, targets, said = published.forecast(version.target, histories, made_at, count)
        return pd.Series(said[:, 0], index=targets)

    return predict
