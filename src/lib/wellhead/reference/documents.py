"""Documents that are made from the code, so that they cannot differ from it."""

from collections.abc import Callable
from functools import partial

from wellhead.reference.catalogue import catalogue_page, units_page
from wellhead.reference.quality import quality_page
from wellhead.settings import Settings, variable
from wellhead.tables import TABLES, VIEWS, Table, View

_MADE = "<!-- Made by `wellhead docs`; a test keeps it up to date. -->"


def data_dictionary() -> str:
    """docs/data-dictionary.md: every table, column, unit and meaning."""
    parts = [
        f"# Data dictionary\n\n{_MADE}\n",
        "Three clocks run through the tables: `observed_at`, the day a value is of; "
        "`available_at`, when one could have known it; `recorded_at`, when it was stored. A "
        "revision is a new row. Prices are signed. All times are UTC.\n",
        *map(_table, (*TABLES, *VIEWS)),
        "## Instruments\n\nThey stand in the [catalogue](catalogue.md), their units in "
        "[units](units.md).\n",
    ]
    return "\n".join(parts)


def _table(table: Table) -> str:
    rows = [
        f"| {'**' * column.key}{column.name}{'**' * column.key} | {column.type} "
        f"| {column.unit or ''} | {column.meaning}{' May be absent.' * column.nullable} |"
        for column in table.columns
    ]
    head = ["| column (key in bold) | type | unit | meaning |", "|---|---|---|---|"]
    kind = "View. " if isinstance(table, View) else ""
    return "\n".join([f"## {table.name}\n", f"{kind}{table.grain}\n", *head, *rows, ""])


def settings_reference() -> str:
    """docs/settings.md: every environment variable, its default and what it does."""
    rows = [
        f"| `{variable(name)}` | {_default(name)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    head = ["| variable | default | what it does |", "|---|---|---|"]
    intro = (
        "Every setting is an environment variable; the file `.env` of the project folder is read "
        "as well (or the file that `WELLHEAD_ENV_FILE` names), and the environment wins. Every "
        "default works offline. Relative paths are taken from where a command is started.\n"
    )
    return "\n".join([f"# Settings\n\n{_MADE}\n", intro, *head, *rows, ""])


def _default(name: str) -> str:
    value = Settings.model_fields[name].default
    return f"`{value}`" if isinstance(value, (str, int, float)) else ""


def models_reference() -> str:
    """docs/models.md: the card of every model."""
    # The models bring torch, Prophet and statsmodels with them: only when they are asked for.
    from wellhead.models.card import models_page

    return f"# Models\n\n{_MADE}\n\n{models_page()}"


DOCUMENTS: dict[str, Callable[[], str]] = {
    "catalogue.md": partial(catalogue_page, _MADE),
    "data-dictionary.md": data_dictionary,
    "models.md": models_reference,
    "quality.md": quality_page,
    "settings.md": settings_reference,
    "units.md": partial(units_page, _MADE),
}
