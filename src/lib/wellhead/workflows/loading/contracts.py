"""Verb: load the dated futures of a market, one contract after another."""

from dataclasses import dataclass

from wellhead.catalogue.contracts import parse_contract
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.markets import market_of
from wellhead.errors import UnknownCommodityError, WellheadError
from wellhead.ingestion.registry import get_source
from wellhead.workflows.loading.ingest import Loaded, ingest


@dataclass(frozen=True)
class LoadedCurve:
    """The outcome for each contract: what was loaded, or the error in words."""

    loaded: dict[str, Loaded]
    failed: dict[str, str]


def load_curve(instrument: Instrument, source: str = "yahoo", *, write: bool = True) -> LoadedCurve:
    """Load every dated contract of a market that the source carries; one that fails stops none.

    Raises UnknownCommodityError if the market has no futures, or the source none of them.
    """
    market, outcome = market_of(instrument), LoadedCurve({}, {})
    for key in _carried(market, source):
        try:
            (outcome.loaded[key],) = ingest(key, source, write=write)
        except WellheadError as error:
            outcome.failed[key] = str(error)
    return outcome


def _carried(market: str, source: str) -> list[str]:
    contracts = {key: parse_contract(key) for key in get_source(source).carries()}
    keys = [key for key, contract in contracts.items() if contract and contract.market == market]
    if not keys:
        raise UnknownCommodityError(f"source {source} carries no dated contract of {market}.")
    return sorted(keys)
