"""Markets of futures: which instruments of the catalogue belong to each.

A market is a key of ROOTS, such as WTI. The catalogue states the market of a front month and of a
place in EIA's strip in the field `market`; dated contracts take it from their front month.
"""

from wellhead.calendars import DateLike
from wellhead.catalogue.contracts import Contract, parse_contract, tradable_contracts
from wellhead.catalogue.entries import built_in, catalogue
from wellhead.catalogue.instruments import Instrument
from wellhead.catalogue.roots import ROOTS
from wellhead.errors import UnknownCommodityError


def market_of(instrument: Instrument) -> str:
    """The market whose futures have the instrument's underlying.

    Raises UnknownCommodityError where no futures are known.
    """
    for market in ROOTS:
        if front_month(market).underlying == instrument.underlying:
            return market
    raise UnknownCommodityError(
        f"{instrument.key} has no futures that are known here. Choose one of: {', '.join(ROOTS)}."
    )


def front_month(market: str) -> Instrument:
    """The continuous front month of a market."""
    fronts = (one.key for one in built_in().values() if one.kind == "front")
    return next(entry for key in fronts if (entry := catalogue()[key]).market == market)


def strip(market: str) -> list[Instrument]:
    """The places of EIA's futures strip, nearest delivery first; empty where EIA has none."""
    places = [one for one in catalogue().values() if one.market == market and one.place]
    return sorted(places, key=lambda one: one.place or 0)


def contract_instrument(contract: Contract) -> Instrument:
    """The catalogue entry of a dated contract: that of its front month, with its key and name."""
    front = front_month(contract.market)
    commodity, _, _ = front.name.partition(",")
    name = f"{commodity}, future for {contract.delivery:%B %Y} ({contract.code})"
    return front.model_copy(update={"key": contract.key, "name": name, "kind": "contract"})


def contract_of(key: str, day: DateLike) -> Contract:
    """The contract that a quote of `day` belongs to.

    `key` is that of a dated contract, or of a place in EIA's strip (WTI_FUTURE_1): then it is the
    contract that had this place on `day`. Raises UnknownCommodityError for another key.
    """
    instrument = catalogue().get(key)
    if instrument and instrument.market and instrument.place:
        return tradable_contracts(instrument.market, day, instrument.place)[instrument.place - 1]
    contract = parse_contract(key)
    if contract is None:
        raise UnknownCommodityError(f"{key} is neither a dated future nor a place in a strip.")
    return contract
