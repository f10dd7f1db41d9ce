"""The champion: a challenger that beats no-change by more than noise, or no-change itself."""

import pandas as pd
import pytest

from wellhead.errors import NoDataError
from wellhead.training import choose_champion
from wellhead.training.metrics import POOLED
from wellhead.training.promotion import DECISION_HORIZONS


def scores(model: str, ratio: float, p: float, coverage: float = 0.8) -> pd.DataFrame:
    figures = {"mspe_ratio": ratio, "dm_p_value": p, "coverage_80": coverage}
    return pd.DataFrame(
        [
            {"model": model, "horizon": horizon, "metric": metric, "value": value}
            for horizon in DECISION_HORIZONS
            for metric, value in figures.items()
        ]
    )


def board(*models: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([scores("no-change", 1.0, float("nan")), *models], ignore_index=True)


def test_the_lowest_eligible_ratio_wins() -> None:
    decision = choose_champion(board(scores("arima", 0.95, 0.01), scores("lstm", 0.9, 0.01)))
    assert decision.model == "lstm"
    assert "0.900 over all horizons (corrected p = 0.020)" in decision.reason
    assert "80 % band held 80 %" in decision.reason


def test_without_an_eligible_challenger_no_change_is_champion_and_says_so() -> None:
    decision = choose_champion(board(scores("arima", 0.98, 0.3), scores("lstm", 1.02, 0.9)))
    assert decision.model == "no-change"
    assert decision.reason.startswith("No-change is the champion")
    assert "arima: its MSPE ratio over all horizons is 0.980, which may be" in decision.reason
    assert "lstm: its MSPE ratio over all horizons is 1.020." in decision.reason
    assert "\n" not in decision.reason


def test_one_horizon_that_is_worse_is_enough_to_lose() -> None:
    arima = scores("arima", 0.9, 0.001)
    arima.loc[(arima["horizon"] == 5) & (arima["metric"] == "mspe_ratio"), "value"] = 1.001
    decision = choose_champion(board(arima))
    assert decision.model == "no-change"
    assert "at 5 sessions is 1.001" in decision.reason


def test_horizons_of_months_are_told_as_months() -> None:
    arima = scores("arima", 0.9, 0.001)
    arima.loc[(arima["horizon"] == 5) & (arima["metric"] == "mspe_ratio"), "value"] = 1.001
    assert "at 5 months is 1.001" in choose_champion(board(arima), step="month").reason


def test_horizons_can_be_stated() -> None:
    arima = scores("arima", 0.9, 0.001)
    arima.loc[(arima["horizon"] == 1) & (arima["metric"] == "mspe_ratio"), "value"] = 1.001
    assert choose_champion(board(arima), horizons=(POOLED, 21)).model == "arima"


def test_p_values_are_corrected_for_the_number_of_challengers() -> None:
    alone, others = scores("arima", 0.95, 0.02), [scores(f"m{n}", 1.1, 0.9) for n in range(2)]
    assert choose_champion(board(alone)).model == "arima"
    assert choose_champion(board(alone, *others)).model == "no-change"


@pytest.mark.parametrize("coverage", [0.69, 0.91])
def test_bands_that_cannot_be_trusted_disqualify(coverage: float) -> None:
    decision = choose_champion(board(scores("arima", 0.9, 0.001, coverage)))
    assert decision.model == "no-change"
    assert f"80 % band held {100 * coverage:.0f} %" in decision.reason


def test_no_significance_counts_as_none() -> None:
    decision = choose_champion(board(scores("arima", 0.9, float("nan"))))
    assert decision.model == "no-change"


def test_no_challenger() -> None:
    assert choose_champion(board()).model == "no-change"


def test_a_missing_horizon_is_an_error() -> None:
    arima = scores("arima", 0.9, 0.001)
    with pytest.raises(NoDataError, match="arima has no score at horizon 21"):
        choose_champion(board(arima[arima["horizon"] != 21]))
