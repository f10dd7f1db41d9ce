"""What an instrument may be called: its key and aliases name files, tasks, columns and pages.

Each check returns the text, or raises ValueError with what is wrong with it.
"""

import re

LONGEST_KEY, LONGEST_ALIAS, LONGEST_TEXT = 32, 64, 120
_KEY = re.compile(r"[A-Z][A-Z0-9_]*")
_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{d}{n}" for d in ("COM", "LPT") for n in range(10))}
_YAML = {"YES", "NO", "ON", "OFF", "TRUE", "FALSE", "NULL", "Y", "N"}  # no texts in env.yaml
_PANDAS = {"NA", "NAN", "NONE", "INF"}  # read from a CSV file as no value
_OPTIONS = {"AUTO", "ALL", "DEFAULT"}  # of commands and settings
_PAGES = {"BRIEF", "MARKET"}  # of the API, and in table `analyses`
_SEPARATORS = "/\\:"


def check_key(key: str) -> str:
    """A key: capital letters, digits and _."""
    if not _KEY.fullmatch(key) or len(key) > LONGEST_KEY:
        raise ValueError(
            f"{brief(key)} is no key: write a capital letter, then capital letters, digits or _, "
            f"{LONGEST_KEY} at most"
        )
    return _not_reserved(key)


def check_alias(alias: str) -> str:
    """The name of a file, without its folder and its ending."""
    check_text(alias)
    if len(alias) > LONGEST_ALIAS or set(alias) & set(_SEPARATORS) or alias.strip(". ") != alias:
        raise ValueError(
            f"{brief(alias)} is no name of a file: write {LONGEST_ALIAS} characters at most, none "
            "of them / \\ or :, and no point or space at an end"
        )
    return _not_reserved(alias)


def check_text(text: str) -> str:
    """One line that pages and tables can show."""
    if not text.strip() or len(text) > LONGEST_TEXT or not text.isprintable():
        raise ValueError(
            f"{brief(text)} is no line of text: write 1 to {LONGEST_TEXT} characters, without line "
            "breaks, tabs and control characters"
        )
    return text


def brief(text: str) -> str:
    """A text for a message: its beginning, in quotes unless it is a word."""
    if re.fullmatch(r"[\w.]+", text) and len(text) <= LONGEST_KEY:
        return text
    return repr(text if len(text) <= LONGEST_KEY else f"{text[:LONGEST_KEY]}…")


def _not_reserved(name: str) -> str:
    if name.upper().partition(".")[0] in _DEVICES | _YAML | _PANDAS | _OPTIONS | _PAGES:
        raise ValueError(
            f"{brief(name)} means something else to Windows, YAML, pandas or a command: add a "
            f"word, as {name[:LONGEST_KEY].upper().replace('.', '_')}_PRICE"
        )
    return name
