"""Model cards: what a model is, where it is from, what it reads and what it cannot do.

A card is kept with every registered version: `run.log_json(fitted.card(), "card")` for programs,
and `card_page(fitted.card())` as a text for people.
"""

from collections.abc import Mapping
from typing import Any

from wellhead.models.registry import create, model_names
from wellhead.models.tuned import TUNED


def card_page(card: Mapping[str, Any], heading: str = "#") -> str:
    """A card, as `Forecaster.card` gives it, in Markdown under a heading of that depth."""
    settings = ", ".join(f"`{name}` {value}" for name, value in card["parameters"].items())
    facts = {
        "Source": card["source"],
        "Cannot": card["limits"],
        "Hyper-parameters": f"{settings}. {_line(card['parameter_meaning'])}",
        "Features": _listed(card["features"], "none"),
        "Covariates, each optional": _listed(card["covariates"], "none"),
        "Least history": f"{card['min_history']} sessions, and the horizon on top for bands",
    }
    parts = [f"{heading} {card['model']}", card["what"], card["how"]]
    listed = "\n".join(f"- **{name}:** {_ended(text)}" for name, text in facts.items())
    return "\n\n".join([*filter(None, parts), listed]) + "\n"


def models_page() -> str:
    """docs/models.md: the card of every registered model with its defaults."""
    intro = (
        "Every model predicts changes from the last price, so every forecast is anchored to it; "
        "unless said otherwise its bands are those of `no-change` around its mean. All pass prices "
        "at and below zero. A covariate is a column of the history named after an instrument; a "
        "model works without any. How well they do is in [benchmarks](benchmarks.md)."
    )
    cards = [card_page(create(name).card(), "##") for name in model_names()]
    return "\n".join([f"{intro}\n", *cards, _by_commodity()])


def _by_commodity() -> str:
    """What differs by commodity, as a table."""
    rows = [
        f"| {model} | {commodity} | {', '.join(f'{k} {_told(v)}' for k, v in settings.items())} |"
        for model, commodities in TUNED.items()
        for commodity, settings in commodities.items()
    ]
    intro = (
        "## Settings by commodity\n\nThe defaults above are those for oil. These differ "
        "(`wellhead.models.tuned`); `models:` in `env.yaml` comes over them, for all commodities, "
        "or for one under its name: `regression: {HENRY_HUB: {speed: 0.06}}`.\n"
    )
    return "\n".join([intro, "| model | commodity | settings |", "|---|---|---|", *rows, ""])


def _listed(names: list[str], none: str) -> str:
    return ", ".join(f"`{name}`" for name in names) or none


def _told(value: object) -> str:
    return f"`{value}`"


def _line(text: str) -> str:
    return " ".join(text.split())


def _ended(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
