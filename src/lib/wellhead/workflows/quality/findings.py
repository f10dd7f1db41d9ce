"""What the gate caught in a load, in lines for a terminal."""

from typing import Any

import pandas as pd

from wellhead.validation.gate import caught_text

_WORDS = {"reject": "rejected", "refuse": "refused", "flag": "flagged"}


def findings(rules: pd.DataFrame) -> list[str]:
    """One line a rule that caught rows, the rejecting ones first: rule, rows, first example.

    `rules`: the `results` of a validation. Flagged rows are stored, rejected ones are not.
    """
    caught = rules[rules["caught"] > 0]
    ordered = caught.sort_values("severity", key=lambda s: s == "flag", kind="stable")
    return [_line(rule) for rule in ordered.to_dict("records")]


def _line(rule: dict[Any, Any]) -> str:
    rows = f"{rule['caught']:,} row{'s' * (rule['caught'] != 1)}"
    shown = caught_text(rule) or ", ".join(rule["examples"])
    return (
        f"  {_WORDS[str(rule['severity'])]} by {rule['rule']}: {rows}{f', {shown}' * bool(shown)}"
    )
