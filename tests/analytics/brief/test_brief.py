"""The brief: a sentence only where there is news, six at most, each with its numbers."""

import math

import numpy as np
import pandas as pd
import pytest

from wellhead.analytics.brief.coming import coming_sentence
from wellhead.analytics.brief.sentences import (
    MOST,
    Record,
    Sentence,
    move_sentence,
    newest_move,
    shortened,
    skill_sentence,
    spread_sentence,
    volatility_sentence,
)
from wellhead.catalogue.lookup import find_instrument

DAYS = pd.bdate_range("2018-01-02", periods=600, tz="UTC")
WTI, GAS, WTI_FRONT = map(find_instrument, ("WTI", "HENRY_HUB", "WTI_FRONT"))


def steady(last: float = 0.0, start: float = 60.0) -> pd.Series:
    """A price that goes up and down by one, then moves by `last`."""
    prices = start + pd.Series(np.arange(600) % 2, DAYS, dtype=float)
    prices.iloc[-1] = prices.iloc[-2] + last
    return prices


def test_a_move_is_measured_in_usual_moves_and_against_the_year() -> None:
    move = newest_move("WTI", "USD/bbl", steady(-4.4478), 1)
    assert move is not None
    assert (move.change, move.sessions) == (pytest.approx(-4.4478), 1)
    assert move.size == pytest.approx(-3.0)
    assert move.share_smaller == 1.0
    sentence = move_sentence([move])
    assert sentence is not None
    assert sentence.text == (
        f"WTI fell by 4.45 to 55.55 USD/bbl on {DAYS[-1].day} {DAYS[-1]:%B %Y}: 3.0 usual moves, "
        "the largest such move in a year."
    )
    (evidence,) = sentence.evidence
    assert evidence.numbers["usual_moves"] == pytest.approx(-3.0)
    assert (evidence.series, evidence.first, evidence.last) == ("WTI", DAYS[-1], DAYS[-1])


def test_a_week_that_came_at_once_is_one_move() -> None:
    prices = steady()
    prices.iloc[-5:] = [61, 62, 63, 64, 65.0]
    move = newest_move("WTI", "USD/bbl", prices, 5)
    assert move is not None
    assert move.change == pytest.approx(65 - prices.iloc[-6])
    assert move.size == pytest.approx(move.change / (1.4826 * math.sqrt(5)))
    sentence = move_sentence([move])
    assert sentence is not None
    assert "in the 5 sessions until" in sentence.text


def test_the_usual_move_is_that_before_the_newest_sessions() -> None:
    calm, wild = steady(5.0), steady(5.0)
    wild.iloc[-5:-1] = [50, 70, 50, 60]
    moves = [newest_move("WTI", "", prices, 5) for prices in (calm, wild)]
    assert moves[0].size == pytest.approx(moves[1].size * moves[0].change / moves[1].change)


def test_a_quiet_day_is_no_news_and_a_price_below_zero_is_a_price() -> None:
    quiet = newest_move("WTI", "USD/bbl", steady(0.3), 1)
    assert quiet is not None
    assert move_sentence([quiet]) is None
    assert move_sentence([]) is None
    below = newest_move("WTI", "USD/bbl", steady(-98.0), 1)
    assert below is not None
    sentence = move_sentence([quiet, below])
    assert sentence is not None
    assert sentence.text.startswith("WTI fell by 98.00 to −38.00 USD/bbl")
    assert sentence.text.endswith("WTI rose by 0.30 to 60.30 USD/bbl (0.2).")


def test_a_short_or_constant_price_has_no_usual_move() -> None:
    assert newest_move("WTI", "", steady().iloc[:20], 1) is None
    assert newest_move("WTI", "", steady() * 0, 1) is None
    assert newest_move("WTI", "", steady().iloc[:1], 1) is None


def test_a_spread_is_news_two_deviations_from_its_year() -> None:
    near, far = steady(start=20), steady(start=20)
    far.iloc[-1] = 23
    assert spread_sentence({"crack": near}) is None
    assert spread_sentence({}) is None
    assert spread_sentence({"crack": near.iloc[-100:]}) is None
    sentence = spread_sentence({"crack": near, "3-2-1 crack of WTI": far})
    assert sentence is not None
    assert sentence.text.startswith("The 3-2-1 crack of WTI is 23.00 USD/bbl, 5.0 standard")
    assert "above its mean of the 252 sessions before, 20.50." in sentence.text


def test_volatility_is_news_in_the_outer_tenths() -> None:
    assert volatility_sentence({"WTI": (0.3, 0.6)}, DAYS[-1]) is None
    assert volatility_sentence({}, DAYS[-1]) is None
    high = volatility_sentence({"WTI": (0.46, 0.98), "BRENT": (0.3, 0.2)}, DAYS[-1])
    low = volatility_sentence({"WTI": (0.12, 0.03)}, DAYS[-1])
    assert high is not None
    assert low is not None
    assert "WTI is forecast to move by 46 % a year" in high.text
    assert "higher than 98 % of earlier forecasts" in high.text
    assert "lower than 97 % of earlier forecasts" in low.text


def record(**changed: object) -> Record:
    fields = {"name": "WTI", "model": "arima", "horizon": 21, "step": "session", "outcomes": 60}
    fields |= {"coverage_80": 0.78, "mspe_ratio": 0.95, "alarm": False, "known_at": DAYS[-1]}
    return Record(**{**fields, **changed})


def test_skill_needs_outcomes_and_an_alarm_comes_first() -> None:
    assert skill_sentence([record(outcomes=19)]) is None
    good = skill_sentence([record(), record(outcomes=30, horizon=5)])
    assert good is not None
    assert good.text == (
        "Of the last 60 outcomes of WTI 21 sessions ahead, the 80 % band of arima held 78 % and "
        "its squared errors were 0.95 of no-change's."
    )
    bad = skill_sentence([record(), record(name="BRENT", outcomes=25, alarm=True)])
    assert bad is not None
    assert "of BRENT" in bad.text
    assert bad.text.endswith("it has decayed.")
    same = skill_sentence([record(model="no-change", mspe_ratio=1.0)])
    assert same is not None
    assert "no-change's" not in same.text


def test_what_comes_is_named_with_its_day() -> None:
    monday = pd.Timestamp("2019-01-14", tz="UTC")
    both = coming_sentence(monday, [WTI, GAS])
    assert both is not None
    assert both.text == (
        "Coming: EIA's petroleum stocks on Wednesday 16 January, EIA's gas storage on Thursday 17 "
        "January."
    )
    gas = coming_sentence(monday, [GAS])
    assert gas is not None
    assert "petroleum" not in gas.text
    outlook = coming_sentence(pd.Timestamp("2019-02-08", tz="UTC"), [WTI])
    assert outlook is not None
    assert outlook.text.startswith("Coming: EIA's STEO on Tuesday 12 February, EIA's petroleum")
    expiring = coming_sentence(pd.Timestamp("2019-01-18", tz="UTC"), [WTI_FRONT])
    assert expiring is not None
    assert "the expiry of CLG19 on Tuesday 22 January" in expiring.text


def test_a_release_is_named_once_it_is_ahead_and_not_after() -> None:
    before = coming_sentence(pd.Timestamp("2019-01-16 12:00", tz="UTC"), [WTI])
    after = coming_sentence(pd.Timestamp("2019-01-16 20:00", tz="UTC"), [WTI])
    assert before is not None
    assert after is not None
    assert "stocks on Wednesday 16 January" in before.text
    assert "stocks on Wednesday 23 January" not in before.text
    assert "16 January" not in after.text


def test_at_most_six_sentences_in_reading_order() -> None:
    kinds = ("coming", "skill", "forecast", "volatility", "spread", "move", "anomaly")
    given = [Sentence(kind, f"{kind}.") for kind in kinds]
    kept = [each.kind for each in shortened([None, *given])]
    assert len(kept) == MOST
    assert kept == ["anomaly", "move", "volatility", "forecast", "skill", "coming"]
    assert [each.kind for each in shortened(given[:2])] == ["skill", "coming"]
    assert shortened([None]) == []
