"""A futures curve is of one day and one source; what was not quoted is absent and counted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellhead.analytics.curve import Curve, assemble
from wellhead.catalogue.contracts import tradable_contracts
from wellhead.errors import NoDataError

# WTI settles of the two days around the expiry of May 2020.
BEFORE, LAST = pd.Timestamp("2020-04-20", tz="UTC"), pd.Timestamp("2020-04-21", tz="UTC")
SETTLES = {"WTI_2020_05": -37.63, "WTI_2020_06": 20.43, "WTI_2020_07": 26.28, "WTI_2020_08": 28.51}


def quotes(prices: dict[str, float], day: pd.Timestamp, source: str = "yahoo") -> pd.DataFrame:
    frame = pd.DataFrame({"commodity": list(prices), "value": list(prices.values())})
    return frame.assign(observed_at=day, source=source, unit="USD/bbl")


def test_a_price_below_zero_stands_on_the_curve() -> None:
    curve = assemble(quotes(SETTLES, BEFORE), "WTI", BEFORE)
    assert curve.quotes["code"].tolist() == ["CLK20", "CLM20", "CLN20", "CLQ20"]
    assert curve.quotes["price"].tolist() == list(SETTLES.values())
    assert curve.quotes["days_to_expiry"].tolist() == [1, 29, 63, 92]
    assert (curve.unit, curve.source, curve.absent) == ("USD/bbl", "yahoo", ())
    assert curve.shape == "contango"
    assert curve.spread() == pytest.approx(-58.06)
    rolls = curve.rolls()
    assert rolls["spread"].tolist() == pytest.approx([-58.06, -5.85, -2.23])
    assert np.isnan(rolls["roll_yield"].iloc[0])  # a ratio with a price below zero says nothing
    assert rolls["roll_yield"].iloc[1] == pytest.approx((20.43 / 26.28 - 1) * 365 / 34)


def test_a_contract_that_was_not_quoted_that_day_is_absent_and_not_yesterdays() -> None:
    stale = quotes({"WTI_2020_06": 20.43}, BEFORE)
    today = quotes({"WTI_2020_05": 10.01, "WTI_2020_08": 21.6}, LAST)
    curve = assemble(pd.concat([stale, today]), "WTI", LAST)
    assert curve.quotes["contract"].tolist() == ["WTI_2020_05", "WTI_2020_08"]
    assert set(curve.quotes["observed_at"]) == {LAST}
    assert curve.absent == ("WTI_2020_06", "WTI_2020_07")


def test_a_contract_known_from_before_is_missed_beyond_the_last_that_is_quoted() -> None:
    stale = quotes({"WTI_2020_07": 26.28}, BEFORE)
    curve = assemble(pd.concat([quotes({"WTI_2020_06": 11.57}, LAST), stale]), "WTI", LAST)
    assert curve.absent == ("WTI_2020_05", "WTI_2020_07")
    assert curve.shape == "one contract"
    assert np.isnan(curve.slope)
    assert curve.rolls().empty


def test_an_expired_contract_is_neither_quoted_nor_absent() -> None:
    after = pd.Timestamp("2020-04-22", tz="UTC")
    frame = pd.concat([quotes({"WTI_2020_05": 10.01}, LAST), quotes({"WTI_2020_06": 13.78}, after)])
    curve = assemble(frame, "WTI", after)
    assert curve.quotes["contract"].tolist() == ["WTI_2020_06"]
    assert curve.absent == ()


@pytest.mark.parametrize(
    ("day", "first"), [("2020-04-20", "CLK20"), ("2020-04-21", "CLK20"), ("2020-04-22", "CLM20")]
)
def test_a_place_in_eias_strip_is_the_contract_that_stood_there_that_day(
    day: str, first: str
) -> None:
    at = pd.Timestamp(day, tz="UTC")
    strip = {f"WTI_FUTURE_{place}": 20.0 + place for place in range(1, 5)}
    curve = assemble(quotes(strip, at, "eia"), "WTI", at)
    assert curve.quotes["code"].iloc[0] == first
    assert curve.quotes["price"].tolist() == [21.0, 22.0, 23.0, 24.0]


def test_where_strip_and_contract_meet_the_contract_counts() -> None:
    both = {"WTI_FUTURE_1": 1.0, "WTI_2020_05": 10.01}
    curve = assemble(quotes(both, LAST, "csv"), "WTI", LAST)
    assert curve.quotes["price"].tolist() == [10.01]


def test_sources_and_units_are_never_mixed() -> None:
    frame = quotes({"WTI_2020_05": 10.01, "WTI_2020_06": 11.57}, LAST)
    for column, other in (("source", "eia"), ("unit", "EUR/bbl")):
        with pytest.raises(ValueError, match="one source and one unit"):
            assemble(frame.assign(**{column: [frame[column].iloc[0], other]}), "WTI", LAST)


def test_a_day_without_a_quote_is_no_curve() -> None:
    with pytest.raises(NoDataError, match="no contract of WTI is quoted on 2020-04-21"):
        assemble(quotes(SETTLES, BEFORE), "WTI", LAST)


@given(st.lists(st.floats(-50, 150), min_size=2, max_size=12), st.floats(-100, 100))
def test_spread_and_slope_do_not_depend_on_the_level(prices: list[float], level: float) -> None:
    def made(shift: float) -> Curve:
        keys = [contract.key for contract in tradable_contracts("HENRY_HUB", LAST, len(prices))]
        shifted = [round(price, 2) + round(shift, 2) for price in prices]
        return assemble(quotes(dict(zip(keys, shifted, strict=True)), LAST), "HENRY_HUB", LAST)

    plain, raised = made(0.0), made(level)
    assert raised.slope == pytest.approx(plain.slope, abs=1e-6)
    assert raised.rolls()["spread"].tolist() == pytest.approx(
        plain.rolls()["spread"].tolist(), abs=1e-6
    )


@pytest.mark.parametrize(
    ("prices", "shape", "sign"),
    [
        ([3, 2, 1], "backwardation", -1),
        ([1, 2, 3], "contango", 1),
        ([3, 4, 2.9], "mixed", -1),
        ([2, 2, 2], "mixed", 0),
    ],
)
def test_the_shape_is_named_as_the_market_names_it(
    prices: list[float], shape: str, sign: int
) -> None:
    keys = [contract.key for contract in tradable_contracts("WTI", LAST, 3)]
    curve = assemble(quotes(dict(zip(keys, prices, strict=True)), LAST), "WTI", LAST)
    assert curve.shape == shape
    assert np.sign(round(curve.slope, 9)) == sign
    if shape == "backwardation":
        assert (curve.rolls()["roll_yield"] > 0).all()  # who rolls earns
