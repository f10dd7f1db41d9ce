"""Decisions on champions in plain words."""

from collections.abc import Mapping

from wellhead.evaluation.scoring.scores import POOLED


def winner(
    name: str,
    ratios: Mapping[int, float],
    p_value: float,
    may_be_chance: bool,
    covered: float,
    step: str,
) -> str:
    """Why a model is champion: its MSPE ratios by horizon, and the share that its band held."""
    proof = ", ".join(f"{ratio:.3f} {at(horizon, step)}" for horizon, ratio in ratios.items())
    noise = "may still be chance" if may_be_chance else "is more than noise"
    return (
        f"{name} is the champion: its MSPE ratio to no-change is {proof}; the gain over all "
        f"horizons {noise} (corrected p = {p_value:.3f}), and at no horizon is it worse by more "
        f"than noise; its 80 % band held {100 * covered:.0f} % of outcomes."
    )


def succession(name: str, incumbent: str | None) -> str:
    """Whom a champion follows, and so whether it had to be in the shadow."""
    if incumbent is None:
        return "It is the first champion here: there was nobody to be in the shadow of."
    return "It reigned before." if name == incumbent else f"It takes over from {incumbent}."


def nobody(failures: Mapping[str, str]) -> str:
    """Why no-change is champion."""
    if not failures:
        return "No-change is the champion: there is no challenger."
    return f"No-change is the champion: no challenger may replace it.{others(failures)}"


def at(horizon: int, step: str) -> str:
    """'at 5 sessions'; 'over all horizons'."""
    if horizon == POOLED:
        return "over all horizons"
    return f"at {horizon} {step}" + ("s" if horizon > 1 else "")


def others(failures: Mapping[str, str]) -> str:
    """What kept each of the others out; of those it did not keep out, nothing."""
    return "".join(f" {name}: {failure}." for name, failure in failures.items() if failure)
