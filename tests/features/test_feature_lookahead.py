"""No feature sees past its own row, whatever the prices."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from wellhead.features import build_features

PRICE = st.floats(-100, 500, allow_nan=False).map(lambda price: round(price, 2))


def bars(values: list[float]) -> pd.DataFrame:
    days = pd.bdate_range("2015-01-01", periods=len(values), tz="UTC", name="observed_at")
    close = pd.Series(values, index=days)
    return pd.DataFrame({"value": close, "high": close + 1, "low": close - 1})


@settings(max_examples=40, deadline=None)
@given(
    past=st.lists(PRICE | st.sampled_from([0.0, -36.98]), min_size=1, max_size=90),
    future=st.lists(PRICE, min_size=1, max_size=30),
    other=st.lists(st.floats(-1e9, 1e9), max_size=30),
)
def test_the_past_does_not_depend_on_the_future(
    past: list[float], future: list[float], other: list[float]
) -> None:
    one = build_features(bars(past + future)).iloc[: len(past)]
    two = build_features(bars(past + other)).iloc[: len(past)]
    assert one.to_numpy().tobytes() == two.to_numpy().tobytes()


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.just(0.0) | PRICE, min_size=1, max_size=120))
def test_prices_of_any_sign_give_finite_features(values: list[float]) -> None:
    built = build_features(bars(values))
    assert not np.isinf(built.to_numpy()).any()
    assert built["value"].tolist() == values
