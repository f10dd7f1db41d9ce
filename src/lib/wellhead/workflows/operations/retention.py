"""Retention: which trainings and runs are kept, and which are removed at the end of a run.

Kept for ever: prices, the ledger, scores, track records, decisions. Of each model of a commodity
the newest KEEP_VERSIONS trainings are kept whole, and so are the newest runs of the pipeline. Of an
older training that is or was champion, model, parameters and metrics stay, so that a rollback and
the ledger's provenance work; its backtest and notebooks go. Every other older training goes.
"""

import logging
from collections import defaultdict
from dataclasses import dataclass

from wellhead.database.operations import read_table
from wellhead.database.runs import model_files_may_go
from wellhead.settings import get_settings
from wellhead.tracking.client import tracking_errors
from wellhead.tracking.retention import (
    PIPELINE,
    TrackedRun,
    remove,
    slim,
    tracked_runs,
)

_log = logging.getLogger("wellhead.retention")


@dataclass(frozen=True)
class Removed:
    """How many trainings and pipeline runs were removed, and former champions made smaller."""

    trainings: int = 0
    versions: int = 0
    pipeline_runs: int = 0
    slimmed: int = 0

    def __str__(self) -> str:
        """One line; empty if nothing was removed."""
        if self == Removed():
            return ""
        return (
            f"Retention removed {self.trainings} trainings with {self.versions} model versions, "
            f"{self.pipeline_runs} tracked runs of the pipeline, and the backtests and notebooks "
            f"of {self.slimmed} former champions; the newest {get_settings().keep_versions} of "
            "each model are whole."
        )


def apply_retention() -> Removed:
    """Remove what is too old; while a backup copies files, nothing goes until the next run."""
    with model_files_may_go() as free, tracking_errors():
        if not free:
            _log.warning("a backup is at work: old model versions are removed after the next run.")
            return Removed()
        old, champions = _old(tracked_runs()), _ever_champion()
        kept = [run for run in old if champions.intersection(run.versions)]
        gone = [run for run in old if run not in kept]
        to_slim = [run for run in kept if not run.is_slim]
        for run in gone:
            remove(run)
        for run in to_slim:
            slim(run)
    pipeline_runs = sum(run.series[0] == PIPELINE for run in gone)
    versions = sum(len(run.versions) for run in gone)
    return Removed(len(gone) - pipeline_runs, versions, pipeline_runs, len(to_slim))


def _old(runs: list[TrackedRun]) -> list[TrackedRun]:
    """The runs, newest first, that come after the newest KEEP_VERSIONS of their series.

    A training that was stopped before it registered a version does not count as one of them.
    """
    counted: dict[tuple[str, ...], int] = defaultdict(int)
    old = []
    for run in runs:
        if counted[run.series] >= get_settings().keep_versions:
            old.append(run)
        counted[run.series] += bool(run.versions) or run.series[0] == PIPELINE
    return old


def _ever_champion() -> set[tuple[str, str]]:
    """Registered model and version of every decision on a champion."""
    decisions = read_table("promotions")
    names = decisions["commodity"] + "-" + decisions["target_kind"]
    return set(zip(names, decisions["model_version"], strict=True))
