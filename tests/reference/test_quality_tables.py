"""The tables of docs/quality.md: made between markers, the prose left alone."""

import pytest

from wellhead.errors import SettingsError
from wellhead.reference.quality import quality_page, with_table

BEGIN, END = "<!-- table: expectations/scores.yml -->", "<!-- end of table -->"
PAGE = f"# Quality\n\n{BEGIN}\n| old |\n{END}\n\nProse.\n\n<!-- table: x -->\n{END}\n"


def test_a_table_replaces_the_old_one_and_nothing_else() -> None:
    page = with_table(PAGE, "scores", ["| new |", "|---|"])
    assert page == PAGE.replace("| old |\n", "| new |\n|---|\n")
    assert with_table(page, "scores", ["| new |", "|---|"]) == page


@pytest.mark.parametrize("page", [PAGE.replace(BEGIN, ""), PAGE + PAGE, f"{BEGIN}\n"])
def test_a_page_without_the_markers_of_a_table_is_refused(page: str) -> None:
    with pytest.raises(SettingsError, match=r"expectations/scores\.yml"):
        with_table(page, "scores", [])


def test_the_page_has_rules_known_gaps_and_tolerances_of_every_file() -> None:
    page = quality_page()
    for row in (
        "| day-has-one-value | reject |",  # observations
        "| row-is-finite | refuse |",  # features
        "| target-lies-ahead | refuse |",  # forecasts
        "| issue-does-not-change | reject |",  # outlooks
        "| score-has-origins | refuse |",  # scores
        "| version-is-named | refuse |",  # promotions
        "| hurricane-rita |",
        "| sources of VIX, SP500 | 0.011 | 1 |",
        "| WTI and WTI_FRONT | 1.5 | 0.97 |",
    ):
        assert f"\n{row} " in page
