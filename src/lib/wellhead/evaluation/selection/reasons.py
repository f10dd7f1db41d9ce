"""The reasons of decisions on champions, as sentences."""

from collections.abc import Mapping

from wellhead.evaluation.scoring.scores import POOLED

SIGNIFICANCE = 0.05


def promotion_reason(
    name: str,
    ratios: Mapping[int, float],
    p_value: float,
    covered: float,
    step: str,
    incumbent: str | None,
    failures: Mapping[str, str],
) -> str:
    """Why a model is champion.

    `ratios`: its MSPE ratios by horizon. `covered`: the share of outcomes inside its 80 % band.
    `failures`: what disqualified each of the other models.
    """
    figures = ", ".join(
        f"{ratio:.3f} {horizon_text(horizon, step)}" for horizon, ratio in ratios.items()
    )
    noise = "may still be chance" if p_value >= SIGNIFICANCE else "is more than noise"
    return (
        f"{name} is the champion: its MSPE ratio to no-change is {figures}; the gain over all "
        f"horizons {noise} (corrected p = {p_value:.3f}); its 80 % band covered "
        f"{100 * covered:.0f} % of outcomes. "
        f"{_succession(name, incumbent)}{_disqualified(failures)}"
    )


def no_champion_reason(failures: Mapping[str, str]) -> str:
    """Why no-change is champion."""
    if not failures:
        return "No-change is the champion: there is no challenger."
    return f"No-change is the champion: no challenger may replace it.{_disqualified(failures)}"


def horizon_text(horizon: int, step: str) -> str:
    """'at 5 sessions'; 'over all horizons'."""
    if horizon == POOLED:
        return "over all horizons"
    return f"at {horizon} {step}" + ("s" if horizon > 1 else "")


def _succession(name: str, incumbent: str | None) -> str:
    if incumbent is None:
        return "It is the first champion here, so it needed no challenger period."
    if name == incumbent:
        return "It was the champion before."
    return f"It takes over from {incumbent}."


def _disqualified(failures: Mapping[str, str]) -> str:
    """One sentence per model with a failure, each with a leading space."""
    return "".join(f" {name}: {failure}." for name, failure in failures.items() if failure)
