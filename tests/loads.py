"""Loads by names, as an interface takes them."""

from typing import Any

from wellhead.workflows.loading import ingest as loading
from wellhead.workflows.loading.contracts import LoadedCurve
from wellhead.workflows.loading.contracts import load_curve as load_contracts
from wellhead.workflows.loading.sources import find_at_source


def ingest(commodity: str, source: str, **options: Any) -> list[loading.Loaded]:
    """`wellhead.workflows.loading.ingest.ingest` of an instrument and a source by their names."""
    return loading.ingest(*find_at_source(commodity, source), **options)


def load_curve(commodity: str, source: str = "yahoo", **options: Any) -> LoadedCurve:
    """`load_curve` of an instrument and a source by their names."""
    return load_contracts(*find_at_source(commodity, source), **options)
