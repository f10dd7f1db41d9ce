"""Load the dated futures of a market, one contract after another."""

from dataclasses import dataclass

from wellhead.catalogue.contracts import parse_contract
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.markets import market_of
from wellhead.errors import UnknownCommodityError, WellheadError
from wellhead.ingestion.base import Source
from wellhead.workflows.loading.ingest import Loaded, ingest


@dataclass(frozen=True)
class LoadedCurve:
    """The outcome by contract: the load, or the message of the error."""

    loaded: dict[str, Loaded]
    failed: dict[str, str]


def load_curve(instrument: Instrument, source: Source, *, write: bool = True) -> LoadedCurve:
    """Load every dated contract that a source carries of the instrument's market.

    A contract that fails does not stop the others. Raises UnknownCommodityError if the market has
    no futures, or the source none of them.
    """
    market, outcome = market_of(instrument), LoadedCurve({}, {})
    for key in _carried(market, source):
        try:
            (outcome.loaded[key],) = ingest(source.find(key), source, write=write)
        except WellheadError as error:
            outcome.failed[key] = str(error)
    return outcome


def _carried(market: str, source: Source) -> list[str]:
    contracts = {key: parse_contract(key) for key in source.carries()}
    keys = [key for key, contract in contracts.items() if contract and contract.market == market]
    if not keys:
        raise UnknownCommodityError(
            f"source {source.card.key} carries no dated contract of {market}."
        )
    return sorted(keys)
