"""The targets: read by name once, and nothing is asked of them that a forecast does not have."""

import pandas as pd
import pytest

from wellhead.catalogue.targets import Target, find_target
from wellhead.errors import InputError


def test_a_target_is_found_by_its_name_alone() -> None:
    assert [find_target(name) for name in ("daily", "monthly")] == list(Target)
    for name in ("Daily", "weekly", "", "DAILY "):
        with pytest.raises(InputError, match="choose from daily, monthly"):
            find_target(name)


@pytest.mark.parametrize("target", Target)
def test_what_is_scored_and_shown_is_forecast(target: Target) -> None:
    every = range(target.first, target.longest + 1)
    assert len(every) == target.rows
    assert set(target.scored) <= set(every)
    assert set(target.shown) <= set(every)
    assert target.checked_rows(None) <= target.rows


def test_more_rows_than_a_forecast_has_are_refused() -> None:
    assert Target.MONTHLY.checked_rows(13) == Target.MONTHLY.checked_rows(None) == 13
    assert (Target.DAILY.checked_rows(63), Target.DAILY.checked_rows(None)) == (63, 30)
    for target, asked in ((Target.MONTHLY, 14), (Target.MONTHLY, 63), (Target.DAILY, 64)):
        with pytest.raises(InputError, match=f"{target.rows} {target.step}s"):
            target.checked_rows(asked)


def test_the_column_of_a_frame_can_be_compared_with_a_target() -> None:
    kinds = pd.Series(["daily", "monthly", "daily"])
    assert (kinds == Target.DAILY).tolist() == [True, False, True]
    assert {"monthly": 1}[Target.MONTHLY] == 1
