"""Refining margins and energy parity, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from wellhead.analytics.spreads import crack, crack_321, energy_parity

DAYS = pd.to_datetime(["2020-04-17", "2020-04-20", "2020-04-21", "2020-04-22"], utc=True)
CRUDE = pd.Series([18.31, -36.98, 8.91, 13.64], index=DAYS)
GASOLINE = pd.Series([0.65, 0.50, 0.40], index=DAYS[:3])
HEATING_OIL = pd.Series([0.90, 0.85, 0.75, 0.70], index=DAYS)


def test_a_crack_is_the_barrel_of_product_less_the_barrel_of_crude() -> None:
    margin = crack(GASOLINE, CRUDE)
    assert margin.index.equals(DAYS[:3])  # the day without a price of gasoline has no margin
    assert margin.tolist() == pytest.approx([27.3 - 18.31, 21.0 + 36.98, 16.8 - 8.91])
    in_cents = crack(100 * GASOLINE, CRUDE, "cents/gal")
    assert in_cents.tolist() == pytest.approx(margin.tolist())


def test_three_barrels_of_crude_make_two_of_gasoline_and_one_of_distillate() -> None:
    margin = crack_321(CRUDE, GASOLINE, HEATING_OIL)
    by_hand = [
        (2 * 42 * g + 42 * h - 3 * c) / 3
        for g, h, c in zip(GASOLINE, HEATING_OIL, CRUDE, strict=False)
    ]
    assert margin.index.equals(DAYS[:3])
    assert margin.tolist() == pytest.approx(by_hand)


def test_oil_and_gas_are_compared_by_their_energy() -> None:
    gas = pd.Series([1.75, 1.87, 0.0, -0.5], index=DAYS)
    parity = energy_parity(CRUDE, gas)
    assert parity["oil"].tolist() == pytest.approx([p / 5.8 for p in CRUDE])
    assert parity["premium"].tolist() == pytest.approx((CRUDE / 5.8 - gas).tolist())
    assert parity["ratio"].iloc[0] == pytest.approx(18.31 / 5.8 / 1.75)
    assert parity["ratio"].iloc[1] < 0
    assert np.isnan(parity["ratio"].iloc[2:]).all()


def test_nothing_stored_is_no_margin() -> None:
    nothing = pd.Series(index=DAYS[:0], dtype=float)
    assert crack_321(CRUDE, nothing, HEATING_OIL).empty
    assert energy_parity(CRUDE, nothing).empty
