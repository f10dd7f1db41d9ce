"""The signed logarithm: a logarithm where prices are large, and something everywhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellhead.features.signed import from_signed_log, signed_log

PRICES = st.floats(-1e6, 1e6)


@given(PRICES, st.sampled_from([0.05, 1.0, 10.0]))
def test_it_is_undone_exactly_enough(price: float, unit: float) -> None:
    there = from_signed_log(signed_log(np.array([price]), unit), unit)
    np.testing.assert_allclose(there, [price], rtol=1e-9, atol=1e-9)


@given(PRICES, PRICES)
def test_it_keeps_order_and_sign(one: float, other: float) -> None:
    logs = signed_log(np.array([one, other, -one]))
    assert (logs[0] <= logs[1]) == (one <= other) or np.isclose(one, other)
    assert logs[2] == -logs[0]


def test_large_prices_are_logarithms_and_the_famous_day_is_finite() -> None:
    change = signed_log(np.array([110.0]))[0] - signed_log(np.array([100.0]))[0]
    assert change == pytest.approx(np.log(1.1), abs=1e-4)
    np.testing.assert_allclose(signed_log(np.array([18.31, -36.98])), [2.9104, -3.6111], atol=1e-4)
