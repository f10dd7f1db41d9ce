"""Files of `expectations/`: read whole, with one error that names the file and the fault."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml

from wellhead.errors import SettingsError
from wellhead.settings import get_settings

T = TypeVar("T")


def expectations_folder() -> Path:
    """The folder of the suites of rules, known gaps and tolerances."""
    return get_settings().home / "expectations"


def read_expectations(path: Path, content: str, parse: Callable[[Any], T]) -> T:
    """What `parse` makes of the YAML document at `path`; `content` says what it should be.

    Raises SettingsError if the file cannot be read, or `parse` raises KeyError, TypeError or
    ValueError.
    """
    try:
        return parse(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{path} is not {content}: {reason}.") from error
