"""Value at risk and expected shortfall: right when the model is, and caught when it is not."""

import numpy as np
import pandas as pd
import pytest

from wellhead.analytics.volatility.interface import history
from wellhead.analytics.volatility.risk import LEVELS, WINDOW, risk_forecasts
from wellhead.analytics.volatility.risk_tests import (
    acerbi_szekely,
    christoffersen,
    kupiec,
    risk_record,
)
from wellhead.errors import NotEnoughHistoryError


def moves(days: int = 3000, seed: int = 1) -> tuple[pd.Series, np.ndarray]:
    """Changes whose standard deviation is known a day before."""
    random = np.random.default_rng(seed)
    deviation = 0.02 * np.exp(np.sin(np.arange(days) / 50))
    stamps = pd.bdate_range("2000-01-03", periods=days, tz="UTC")
    changes = pd.Series(deviation * random.standard_normal(days), index=stamps)
    return changes, np.append(deviation[1:] ** 2, 1e-4)


def test_with_the_true_variance_losses_exceed_it_as_often_as_they_should() -> None:
    changes, variances = moves()
    forecasts = risk_forecasts(history(changes), variances)
    assert len(forecasts) == 4 * (3000 - WINDOW)
    for (_, level), part in forecasts.groupby(["side", "level"]):
        record = risk_record(part)
        assert record.days == 1999
        assert record.exceeded == pytest.approx(1999 * (1 - level), rel=0.35)
        assert min(record.kupiec, record.christoffersen, record.acerbi_szekely) > 0.01
        assert (part["expected_shortfall"] > part["value_at_risk"]).all()


def test_a_constant_variance_fails_because_its_losses_cluster() -> None:
    changes, _ = moves()
    forecasts = risk_forecasts(history(changes), np.full(3000, 4e-4))
    record = risk_record(forecasts[(forecasts["side"] == "long") & (forecasts["level"] == 0.95)])
    assert record.christoffersen < 0.01
    assert record.kupiec > 0.05


def test_a_fall_is_the_holder_s_loss_and_a_rise_the_seller_s() -> None:
    changes, variances = moves()
    forecasts = risk_forecasts(history(changes), variances)
    first = forecasts.groupby("side").first()
    assert first.loc["long", "loss"] == -first.loc["short", "loss"]
    assert first.loc["long", "loss"] == -changes.iloc[WINDOW + 1]


def test_it_uses_nothing_that_came_later() -> None:
    changes, variances = moves(1500)
    later, other = changes.copy(), variances.copy()
    later.iloc[1300:] *= 10
    other[1300:] *= 50
    frames = [
        risk_forecasts(history(changes), variances),
        risk_forecasts(history(later), other),
    ]
    known = [frame[frame["origin"] < changes.index[1300]] for frame in frames]
    columns = ["value_at_risk", "expected_shortfall"]
    pd.testing.assert_frame_equal(known[0][columns], known[1][columns])


def test_too_few_days_are_one_clear_line() -> None:
    changes, variances = moves(WINDOW - 1)
    with pytest.raises(NotEnoughHistoryError, match="load more history"):
        risk_forecasts(history(changes), variances)


def test_kupiec_s_example() -> None:
    """12 exceeded of 255 at 99 %: LR 17.04, the table of Kupiec's test in Jorion (2007, 6.2)."""
    exceeded = np.repeat([True, False], [12, 243])
    assert kupiec(exceeded, 0.99) == pytest.approx(1.9e-5, abs=2e-5)
    assert kupiec(np.repeat([True, False], [3, 252]), 0.99) > 0.5
    assert kupiec(np.zeros(250, dtype=bool), 0.99) == pytest.approx(0.025, abs=0.002)


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_the_tests_reject_as_often_as_they_say(level: float) -> None:
    """Of 400 right forecasts over ten years, 5 % tests reject about 5 %."""
    random, rejected = np.random.default_rng(5), {"kupiec": 0, "christoffersen": 0, "size": 0}
    for _ in range(400):
        losses = random.standard_t(4, 2500)
        at_risk, shortfall = {0.95: (2.132, 3.203), 0.99: (3.747, 5.221)}[level]
        exceeded = losses > at_risk
        rejected["kupiec"] += kupiec(exceeded, level) < 0.05
        rejected["christoffersen"] += christoffersen(exceeded, level) < 0.05
        rejected["size"] += acerbi_szekely(losses / shortfall, exceeded, level) < 0.05
    shares = {name: count / 400 for name, count in rejected.items()}
    assert all(0.02 <= share <= 0.09 for share in shares.values()), shares
