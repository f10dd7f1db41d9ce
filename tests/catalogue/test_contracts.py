"""Dated contracts: their codes, and their last trading days against those that are on record."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellhead.calendars import session_before, sessions
from wellhead.catalogue.contracts import Contract, parse_contract, tradable_contracts
from wellhead.catalogue.markets import contract_of, strip
from wellhead.catalogue.roots import ROOTS
from wellhead.errors import BadDateError, UnknownCommodityError

MONTHS = st.integers(0, 12 * 28).map(lambda ahead: pd.Period("2016-03", "M") + ahead)
MARKETS = st.sampled_from(sorted(ROOTS))
CONTRACTS = st.builds(Contract, MARKETS, MONTHS)

# Last trading days as the exchanges and the press recorded them.
ON_RECORD = {
    "CLK20": "2020-04-21",  # it settled at -37.63 the day before
    "CLZ22": "2022-11-21",  # Thanksgiving between it and the 25th
    "CLZ23": "2023-11-20",  # the 25th is a Saturday
    "CLF24": "2023-12-19",  # the 25th is Christmas
    "NGX12": "2012-10-29",  # a hurricane closed the stock exchange, not the gas market
    "NGZ17": "2017-11-28",
    "NGZ19": "2019-11-26",  # the Friday after Thanksgiving is a business day
    "NGZ25": "2025-11-25",
    "NGF24": "2023-12-27",
    "HOF24": "2023-12-29",
    "RBF24": "2023-12-29",
    "BZZ23": "2023-10-31",
    "BZF24": "2023-11-30",
    "BZG24": "2023-12-28",  # not on the eve of New Year
    "BZH24": "2024-01-31",
    "BZN21": "2021-05-28",  # a British holiday on the 31st
}


@pytest.mark.parametrize("code", ON_RECORD)
def test_the_last_trading_day_is_the_one_on_record(code: str) -> None:
    contract = parse_contract(code)
    assert contract is not None
    assert str(contract.expiry.date()) == ON_RECORD[code]


@given(CONTRACTS)
def test_key_code_and_symbol_lead_back_to_the_contract(contract: Contract) -> None:
    for text in (contract.key, contract.code, contract.symbol, f" {contract.key.lower()} "):
        assert parse_contract(text) == contract


@given(CONTRACTS)
def test_a_contract_expires_on_a_business_day_before_its_delivery(contract: Contract) -> None:
    calendar = "LSE" if contract.market == "BRENT" else "NYMEX"
    assert contract.expiry in sessions(calendar)
    assert contract.expiry < contract.delivery.start_time.tz_localize("UTC")
    months = contract.delivery - contract.expiry.tz_localize(None).to_period("M")
    assert months.n == (2 if contract.market == "BRENT" else 1)


@given(CONTRACTS)
def test_a_later_delivery_expires_later(contract: Contract) -> None:
    following = Contract(contract.market, contract.delivery + 1)
    assert contract.expiry < following.expiry


@given(
    MARKETS,
    st.dates(pd.Timestamp("2016-03-01").date(), pd.Timestamp("2042-01-01").date()),
    st.integers(1, 24),
)
def test_what_is_listed_can_be_traded_and_the_month_before_cannot(
    market: str, day: object, count: int
) -> None:
    contracts = tradable_contracts(market, day, count)
    assert len(contracts) == count
    today = pd.Timestamp(day, tz="UTC")
    assert contracts[0].expiry >= today
    assert Contract(market, contracts[0].delivery - 1).expiry < today
    deliveries = [contract.delivery for contract in contracts]
    assert deliveries == list(pd.period_range(deliveries[0], periods=count))


def test_the_nearest_contract_is_still_listed_on_its_last_day() -> None:
    assert [c.code for c in tradable_contracts("WTI", "2020-04-21", 2)] == ["CLK20", "CLM20"]
    assert [c.code for c in tradable_contracts("WTI", "2020-04-22", 2)] == ["CLM20", "CLN20"]


@pytest.mark.parametrize(
    "text",
    [
        "WTI",
        "WTI_FRONT",
        "WTI_FUTURE_1",
        "PROPANE_2026_12",
        "CL=F",
        "CLI26.NYM",
        "ESZ26",
        "CLZ26.CME",
        "WTI_2026_1",
    ],
)
def test_what_is_no_contract_is_none(text: str) -> None:
    assert parse_contract(text) is None


@pytest.mark.parametrize(
    "text", ["WTI_2026_13", "WTI_2026_00", "BRENT_2016_02", "BZG16", "WTI_1989_12"]
)
def test_a_month_without_a_known_expiry_is_refused(text: str) -> None:
    with pytest.raises(UnknownCommodityError, match="no contract whose last trading day is known"):
        parse_contract(text)


def test_ticks_are_those_of_the_exchange() -> None:
    ticks = {root.code: root.tick for root in ROOTS.values()}
    assert ticks == {"CL": 0.01, "BZ": 0.01, "NG": 0.001, "HO": 0.0001, "RB": 0.0001}


def test_beyond_the_calendars_nothing_is_made_up() -> None:
    assert [c.key for c in tradable_contracts("WTI", "2044-11-25", 3)] == []
    assert [c.key for c in tradable_contracts("WTI", "2044-11-01", 3)] == ["WTI_2044_12"]
    with pytest.raises(BadDateError, match="calendar NYMEX does not reach 2050-01-01"):
        session_before("NYMEX", "2050-01-01")


def test_a_quote_of_a_strip_is_of_the_contract_that_stood_there_that_day() -> None:
    keys = [place.key for place in strip("HENRY_HUB")]
    assert keys == [f"HENRY_HUB_FUTURE_{place}" for place in (1, 2, 3, 4)]
    assert contract_of(keys[0], "2023-12-27").code == "NGF24"
    assert contract_of(keys[0], "2023-12-28").code == "NGG24"
    assert contract_of(keys[3], "2023-12-28").code == "NGK24"
    assert contract_of("NGF24", "1999-01-01").code == "NGF24"
    with pytest.raises(UnknownCommodityError, match="neither a dated future"):
        contract_of("WTI", "2023-12-28")
