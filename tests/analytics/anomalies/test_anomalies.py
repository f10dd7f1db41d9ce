"""Unusual days: found online, named in words, and told apart from wrong data."""

import numpy as np
import pandas as pd
import pytest

from wellhead.analytics.anomalies.detect import anomalies
from wellhead.analytics.anomalies.judge import judged
from wellhead.analytics.anomalies.moves import in_usual_moves, usual_moves


def walk(days: int = 600, seed: int = 0, start: float = 62.0) -> pd.Series:
    stamps = pd.bdate_range("2000-01-03", periods=days, tz="UTC")
    steps = np.random.default_rng(seed).standard_normal(days)
    return (start + pd.Series(steps, index=stamps).cumsum()).round(2)


def with_error(kind: str, prices: pd.Series, place: int = 500) -> pd.Series:
    """A wrong price of one kind, of six usual moves where it has a size."""
    changed, move = prices.copy(), float(usual_moves(prices).iloc[place])
    price = float(prices.iloc[place])
    if kind == "spike":
        changed.iloc[place] = prices.iloc[place - 1] + 6 * move
    elif kind == "level shift":
        changed.iloc[place:] += prices.iloc[place - 1] - price + 6 * move
    elif kind == "flat line":
        changed.iloc[place : place + 8] = changed.iloc[place - 1]
    elif kind == "wrong unit":
        changed.iloc[place] = price * 42
    else:
        digits = f"{abs(price):05.2f}"
        changed.iloc[place] = float(digits[1] + digits[0] + digits[2:])
    return changed


KINDS = ("spike", "level shift", "flat line", "wrong unit", "swapped digits")


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_is_found_when_it_comes(kind: str) -> None:
    prices = walk(seed=4)
    assert anomalies(prices).empty
    changed = with_error(kind, prices)
    found = anomalies(changed)
    first = found.iloc[0]
    assert 500 <= prices.index.get_loc(first["day"]) <= 503
    assert first["kind"] == ("jump" if kind in ("spike", "level shift") else kind)
    online = anomalies(changed.loc[: first["day"]])
    pd.testing.assert_series_equal(online.iloc[0], first)


def test_the_reason_says_how_far_the_price_moved() -> None:
    prices = walk(seed=4)
    prices.iloc[500] = prices.iloc[499] - 7 * usual_moves(prices).iloc[500]
    (row,) = anomalies(prices.iloc[:501], "WTI").to_dict("records")
    fell = prices.iloc[499] - prices.iloc[500]
    moved = f"WTI fell {fell:.2f} to {prices.iloc[500]:.2f}: 7.0 usual daily moves"
    assert row["reason"].startswith(moved)
    assert (row["severity"], round(row["size"], 6)) == ("severe", -7.0)


def test_a_price_below_zero_is_a_move_like_any_other() -> None:
    prices = walk(seed=4, start=18.0)
    prices.iloc[500] = -36.98
    (first,) = anomalies(prices.iloc[:501], "WTI").query("kind == 'jump'").to_dict("records")
    assert "to -36.98" in first["reason"]
    assert first["severity"] == "extreme"


def test_it_uses_nothing_that_came_later() -> None:
    prices, later = walk(seed=5), walk(seed=5)
    later.iloc[400:] = 3 * later.iloc[400:] - 100
    for measure in (usual_moves, in_usual_moves):
        pd.testing.assert_series_equal(measure(prices).iloc[:400], measure(later).iloc[:400])


def test_short_constant_and_gappy_series_have_an_answer() -> None:
    assert anomalies(walk(30)).empty
    assert anomalies(pd.Series(5.0, index=walk(400).index)).empty
    gappy = walk(seed=4)
    gappy.iloc[100:130] = np.nan
    assert len(anomalies(gappy)) <= 1


def test_another_source_decides_on_the_day() -> None:
    prices = walk(seed=4)
    changed = with_error("spike", prices)
    found = anomalies(changed.iloc[:501])
    (verdict,) = judged(found, changed, sources=pd.DataFrame({"fred": prices}))["verdict"]
    assert verdict == "data error"
    row = judged(found, changed, sources=pd.DataFrame({"fred": changed})).iloc[0]
    assert (row["verdict"], row["because"]) == ("market event", "fred has the same price")
    assert row["known_on"] == row["day"]
    three = pd.DataFrame({"eia": prices, "fred": changed, "yahoo": prices})
    row = judged(found, changed, sources=three).iloc[0]
    assert (row["verdict"], row["because"]) == ("data error", f"eia has {prices.iloc[500]:.2f}")
    three["eia"] = changed
    assert judged(found, changed, sources=three[["yahoo", "eia", "fred"]]).iloc[0]["because"] == (
        "eia has the same price"  # yahoo comes first, and has another
    )


def test_a_sister_that_moved_makes_it_an_event() -> None:
    prices, brent = walk(seed=4), walk(seed=6)
    changed = with_error("level shift", prices)
    brent.iloc[500:] += 5
    row = judged(anomalies(changed), changed, sisters=pd.DataFrame({"Brent": brent})).iloc[0]
    assert row["verdict"] == "market event"
    assert row["because"].startswith("Brent moved +")


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [("spike", "data error"), ("level shift", "market event"), ("flat line", "data error")],
)
def test_else_the_next_day_tells_and_says_when(kind: str, verdict: str) -> None:
    changed = with_error(kind, walk(seed=4))
    row = judged(anomalies(changed), changed).iloc[0]
    assert row["verdict"] == verdict
    today = changed.loc[: row["day"]]
    if kind != "flat line":
        assert row["known_on"] > row["day"]
        assert judged(anomalies(today), today).iloc[0]["verdict"] == "open"


@pytest.mark.slow
def test_errors_of_six_usual_moves_are_found_and_calm_years_are_quiet() -> None:
    """With heavy tails: at least 95 of 100 errors, at most six alarms a year."""
    random, stamps = np.random.default_rng(1), pd.bdate_range("2000-01-03", periods=5000, tz="UTC")
    prices = (200 + pd.Series(random.standard_t(4, 5000), stamps).cumsum()).round(2)
    assert len(anomalies(prices)) / (5000 / 252) <= 6
    for kind in KINDS:
        caught = 0
        for place in random.integers(600, 4900, 60):
            part = with_error(kind, prices.iloc[place - 500 : place + 10])
            days = anomalies(part)["day"]
            caught += days.between(part.index[500], part.index[507]).any()
        assert caught >= (0.93 if kind != "swapped digits" else 0.7) * 60, kind
