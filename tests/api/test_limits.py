"""Moving windows: exact, as the library `limits` counts, and without a memory of those gone."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.auth import windows
from api.auth.windows import MovingWindows


@given(
    limit=st.integers(1, 5),
    pauses=st.lists(st.floats(0.001, 30, allow_nan=False), max_size=40),
    callers=st.lists(st.sampled_from("ab"), min_size=40, max_size=40),
)
def test_it_counts_as_the_library_does(limit: int, pauses: list[float], callers: list[str]) -> None:
    ours = MovingWindows(limit, 60)
    library, item = MovingWindowRateLimiter(MemoryStorage()), parse(f"{limit}/minute")
    moment = 5e9  # to come: the library's thread removes what is over by the machine's own clock
    for pause, caller in zip(pauses, callers, strict=False):
        moment += pause
        with patch("time.time", return_value=moment), patch("time.monotonic", return_value=moment):
            within, remaining, seconds = ours.hit(caller)
            assert within == library.hit(item, caller)
            reset, left = library.get_window_stats(item, caller)
        assert remaining == left
        assert seconds == pytest.approx(reset - moment)


def test_callers_that_are_gone_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 0.0
    monkeypatch.setattr(windows.time, "monotonic", lambda: moment)
    counted = MovingWindows(10, 60)
    for number in range(5000):
        moment += 1
        counted.hit(f"address {number}")
    assert len(counted._moments) <= 1060
