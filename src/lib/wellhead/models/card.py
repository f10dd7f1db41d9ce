"""Model cards: description, literature, hyper-parameters, inputs and limits of a model.

A card is stored with every registered version: `fitted.card()` as JSON, and
`card_page(fitted.card())` as Markdown.
"""

from collections.abc import Mapping
from typing import Any

from wellhead.models.registry import create, model_names
from wellhead.models.tuned import TUNED


def card_page(card: Mapping[str, Any], heading: str = "#") -> str:
    """A card, as `Forecaster.card` returns it, in Markdown under a heading of this level."""
    settings = ", ".join(f"`{name}` {value}" for name, value in card["parameters"].items())
    facts = {
        "Source": card["source"],
        "Limits": card["limits"],
        "Hyper-parameters": f"{settings}. {_line(card['parameter_meaning'])}",
        "Features": _listed(card["features"], "none"),
        "Covariates (optional)": _listed(card["covariates"], "none"),
        "Shortest history": f"{card['min_history']} sessions, plus the horizon for bands",
    }
    parts = [f"{heading} {card['model']}", card["what"], card["how"]]
    listed = "\n".join(f"- **{name}:** {_ended(text)}" for name, text in facts.items())
    return "\n\n".join([*filter(None, parts), listed]) + "\n"


def models_page() -> str:
    """docs/models.md: the card of every registered model with its defaults."""
    intro = (
        "Every model predicts changes from the last price, so every forecast is anchored to it. "
        "Unless stated otherwise its bands are those of `no-change` around its mean. All models "
        "accept prices at and below zero. A covariate is a column of the history named after an "
        "instrument; every model works without any. [Benchmarks](benchmarks.md) shows how well "
        "they forecast."
    )
    cards = [card_page(create(name).card(), "##") for name in model_names()]
    return "\n".join([f"{intro}\n", *cards, _by_commodity()])


def _by_commodity() -> str:
    """The hyper-parameters that differ by commodity, as a table."""
    rows = [
        f"| {model} | {commodity} | {', '.join(f'{k} {_quoted(v)}' for k, v in settings.items())} |"
        for model, commodities in TUNED.items()
        for commodity, settings in commodities.items()
    ]
    intro = (
        "## Settings by commodity\n\nThe defaults above suit oil. These differ "
        "(`wellhead.models.tuned`). `models:` in `env.yaml` overrides them for all commodities, or "
        "for one under its key: `regression: {HENRY_HUB: {speed: 0.06}}`. A front month, a futures "
        "strip and dated contracts take the settings of their market unless they have their own.\n"
    )
    return "\n".join([intro, "| model | commodity | settings |", "|---|---|---|", *rows, ""])


def _listed(names: list[str], none: str) -> str:
    return ", ".join(f"`{name}`" for name in names) or none


def _quoted(value: object) -> str:
    return f"`{value}`"


def _line(text: str) -> str:
    return " ".join(text.split())


def _ended(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
