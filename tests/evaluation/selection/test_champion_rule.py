"""The rule that chooses the champion: an eligible model, or no-change."""

import pandas as pd
import pytest

from wellhead.errors import NoDataError
from wellhead.evaluation.scoring.scores import POOLED
from wellhead.evaluation.selection.champion_rule import DECISION_HORIZONS, choose_champion
from wellhead.evaluation.selection.requirements import CHALLENGER_ORIGINS, Standing

READY = Standing(challenger_origins=CHALLENGER_ORIGINS, data_age_days=0)


def scores(
    model: str, ratio: float, p: float, coverage: float = 0.8, wide: float = 0.95
) -> pd.DataFrame:
    figures = {
        "mspe_ratio": ratio,
        "dm_p_value": p,
        "coverage_80": coverage,
        "coverage_95": wide,
    }
    return pd.DataFrame(
        [
            {"model": model, "horizon": horizon, "metric": metric, "value": value}
            for horizon in DECISION_HORIZONS
            for metric, value in figures.items()
        ]
    )


def altered(table: pd.DataFrame, horizon: int, **figures: float) -> pd.DataFrame:
    for metric, value in figures.items():
        table.loc[(table["horizon"] == horizon) & (table["metric"] == metric), "value"] = value
    return table


def board(*models: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([scores("no-change", 1.0, float("nan")), *models], ignore_index=True)


def test_the_lowest_eligible_ratio_wins() -> None:
    decision = choose_champion(board(scores("arima", 0.95, 0.01), scores("lstm", 0.9, 0.01)))
    assert decision.model == "lstm"
    assert "0.900 over all horizons" in decision.reason
    assert "more than noise (corrected p = 0.020)" in decision.reason
    assert "80 % band covered 80 %" in decision.reason


def test_without_an_eligible_challenger_no_change_is_champion_and_says_so() -> None:
    decision = choose_champion(board(scores("arima", 0.995, 0.3), scores("lstm", 1.02, 0.9)))
    assert decision.model == "no-change"
    assert decision.reason.startswith("No-change is the champion")
    assert "arima: its MSPE ratio over all horizons is 0.995, a gain that may be" in decision.reason
    assert "lstm: its MSPE ratio over all horizons is 1.020." in decision.reason
    assert "\n" not in decision.reason


def test_a_gain_that_may_be_chance_is_named_so() -> None:
    decision = choose_champion(board(scores("arima", 0.96, 0.19)))
    assert decision.model == "arima"
    assert "the gain over all horizons may still be chance (corrected p = 0.190)" in decision.reason


@pytest.mark.parametrize("ratio", [0.995, 0.90])  # however large: one storm makes a large gain
def test_a_gain_must_be_unlikely_by_chance_after_correction(ratio: float) -> None:
    alone, others = scores("arima", ratio, 0.09), [scores(f"m{n}", 1.1, 0.9) for n in range(2)]
    assert choose_champion(board(alone)).model == "arima"
    assert choose_champion(board(alone, *others)).model == "no-change"
    undefined = scores("arima", ratio, float("nan"))
    assert choose_champion(board(undefined)).model == "no-change"


@pytest.mark.parametrize(("ratio", "p"), [(1.1, 0.99), (1.013, 0.7), (1.013, float("nan"))])
def test_one_horizon_that_is_materially_worse_is_enough_to_lose(ratio: float, p: float) -> None:
    worse = altered(scores("arima", 0.9, 0.001), 5, mspe_ratio=ratio, dm_p_value=p)
    decision = choose_champion(board(worse))
    assert decision.model == "no-change"
    assert f"at 5 sessions is {ratio:.3f} times that of no-change, 1 % more" in decision.reason


def test_a_thousandth_at_one_horizon_does_not_matter_however_certain() -> None:
    hardly = altered(scores("arima", 0.9, 0.001), 5, mspe_ratio=1.001, dm_p_value=0.999)
    assert choose_champion(board(hardly)).model == "arima"


def test_an_incumbent_is_not_demoted_for_a_horizon_by_chance() -> None:
    worse = altered(scores("arima", 0.9, 0.001), 5, mspe_ratio=1.013, dm_p_value=0.7)
    assert choose_champion(board(worse), incumbent="arima").model == "arima"
    certain = altered(scores("arima", 0.9, 0.001), 5, mspe_ratio=1.013, dm_p_value=0.97)
    assert choose_champion(board(certain), incumbent="arima").model == "no-change"


def test_monthly_horizons_are_written_as_months() -> None:
    arima = altered(scores("arima", 0.9, 0.001), 5, mspe_ratio=1.1, dm_p_value=0.99)
    assert "at 5 months is 1.100" in choose_champion(board(arima), step="month").reason


def test_horizons_can_be_stated() -> None:
    arima = altered(scores("arima", 0.9, 0.001), 1, mspe_ratio=1.1, dm_p_value=0.99)
    assert choose_champion(board(arima), horizons=(POOLED, 21)).model == "arima"


@pytest.mark.parametrize(
    ("narrow", "wide", "words"),
    [
        (0.74, 0.95, "80 % band covered 74.0 %"),
        (0.86, 0.95, "80 % band covered 86.0 %"),
        (0.8, 0.91, "95 % band covered 91.0 %"),
        (0.8, 0.99, "95 % band covered 99.0 %"),
    ],
)
def test_bands_that_cannot_be_trusted_disqualify(narrow: float, wide: float, words: str) -> None:
    decision = choose_champion(board(scores("arima", 0.9, 0.001, narrow, wide)))
    assert decision.model == "no-change"
    assert words in decision.reason


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Standing(CHALLENGER_ORIGINS, data_age_days=15), "newest price is 15 days too old"),
        (
            Standing(CHALLENGER_ORIGINS - 1, 0),
            "in its challenger period, with forecasts from 19 of 20 origins",
        ),
        (Standing(CHALLENGER_ORIGINS, 0, "its ratio is 2"), "arima: in the ledger its ratio is 2"),
    ],
)
def test_stale_data_a_short_record_and_decay_disqualify(standing: Standing, words: str) -> None:
    table = board(scores("arima", 0.9, 0.001))
    assert choose_champion(table, standings={"arima": READY}).model == "arima"
    decision = choose_champion(table, standings={"arima": standing})
    assert decision.model == "no-change"
    assert words in decision.reason


def test_the_incumbent_needs_no_second_challenger_period_and_yields_to_a_better_model() -> None:
    table = board(scores("arima", 0.95, 0.001), scores("lstm", 0.9, 0.001))
    standings = {"arima": Standing(0, 0), "lstm": Standing(3, 0)}
    stays = choose_champion(table, incumbent="arima", standings=standings)
    assert stays.model == "arima"
    standings["lstm"] = READY
    assert choose_champion(table, incumbent="arima", standings=standings).model == "lstm"


def test_an_incumbent_is_replaced_only_by_a_model_that_is_not_worse_by_test() -> None:
    table = board(scores("arima", 0.95, 0.001), scores("lstm", 0.9, 0.001))
    head_to_head = altered(scores("lstm", 0.95, 0.2), 1, mspe_ratio=1.08, dm_p_value=0.98)
    decision = choose_champion(table, incumbent="arima", head_to_heads={"lstm": head_to_head})
    assert decision.model == "arima"
    assert (
        "lstm: its squared error at 1 session is 1.080 times that of the incumbent arima"
        in decision.reason
    )
    fair = scores("lstm", 0.95, 0.2)
    assert choose_champion(table, incumbent="arima", head_to_heads={"lstm": fair}).model == "lstm"


def test_a_head_to_head_compares_common_forecasts() -> None:
    """Its own backtest may cover easier days: it must be better on the common ones."""
    table = board(scores("arima", 0.95, 0.001), scores("lstm", 0.9, 0.001))
    head_to_head = scores("lstm", 1.02, 0.4)
    decision = choose_champion(table, incumbent="arima", head_to_heads={"lstm": head_to_head})
    assert decision.model == "arima"
    assert "lstm: its squared error is not lower than that of the incumbent" in decision.reason


@pytest.mark.parametrize(
    ("incumbent", "chosen", "words"),
    [
        (None, "arima", "It is the first champion here, so it needed no challenger period."),
        (
            "no-change",
            "no-change",
            "in its challenger period, with forecasts from 0 of 20",
        ),
        ("arima", "arima", "It was the champion before."),
        ("gone", "no-change", "gone: it was the champion and is no longer trained."),
    ],
)
def test_only_the_first_champion_needs_no_challenger_period(
    incumbent: str | None, chosen: str, words: str
) -> None:
    table = board(scores("arima", 0.95, 0.001))
    decision = choose_champion(table, incumbent=incumbent, standings={"arima": Standing(0, 0)})
    assert decision.model == chosen
    assert words in decision.reason


def test_stale_data_does_not_demote_and_decay_does() -> None:
    table = board(scores("arima", 0.95, 0.001))
    stale, decayed = Standing(0, data_age_days=90), Standing(0, 0, "its ratio is 2")
    kept = choose_champion(table, incumbent="arima", standings={"arima": stale})
    assert kept.model == "arima"
    gone = choose_champion(table, incumbent="arima", standings={"arima": decayed})
    assert gone.model == "no-change"


def test_an_incumbent_that_fails_the_rule_is_demoted() -> None:
    table = board(scores("arima", 1.05, 0.9), scores("lstm", 0.98, 0.05))
    assert choose_champion(table, incumbent="arima").model == "lstm"


def test_the_incumbent_needs_no_material_gain() -> None:
    table = board(scores("arima", 0.995, 0.3))
    assert choose_champion(table, incumbent="arima").model == "arima"
    assert choose_champion(table, incumbent=None).model == "no-change"
    worse = board(scores("arima", 1.001, 0.5))
    assert choose_champion(worse, incumbent="arima").model == "no-change"


def test_no_challenger() -> None:
    assert choose_champion(board()).model == "no-change"


def test_a_missing_horizon_is_an_error() -> None:
    arima = scores("arima", 0.9, 0.001)
    with pytest.raises(NoDataError, match="arima has no score at horizon 21"):
        choose_champion(board(arima[arima["horizon"] != 21]))
