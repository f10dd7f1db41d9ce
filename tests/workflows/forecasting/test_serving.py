"""A served forecast says which of its days had begun when it was made."""

import pandas as pd
import pytest

from wellhead.calendars import next_sessions
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.database.writing import write_rows
from wellhead.tables import STATISTICS
from wellhead.workflows.forecasting import serving

pytestmark = pytest.mark.usefixtures("database")
WTI = find_instrument("WTI")


def served(last_day: str, made_at: str, target: Target = Target.DAILY) -> serving.ServedForecast:
    """A forecast of five days, or months, as the ledger has it."""
    days = next_sessions("NYSE", last_day, 5)
    if target == Target.MONTHLY:
        days = pd.date_range(made_at[:8] + "01", periods=5, freq="MS", tz="UTC")
    first = 0 if target == Target.MONTHLY else 1
    rows = pd.DataFrame(
        [
            {"target_at": day, "horizon": first + place, **dict.fromkeys(STATISTICS, 70.0)}
            for place, day in enumerate(days)
        ]
    ).assign(
        commodity="WTI",
        target_kind=target.value,
        model="no-change",
        model_version="1",
        unit="USD/bbl",
        run_id="run",
        code_version="code",
        source="eia",
        made_at=pd.Timestamp(made_at, tz="UTC"),
        last_observed_at=pd.Timestamp(last_day, tz="UTC"),
    )
    write_rows("ledger", rows)
    return serving.model_forecast(WTI, target, "no-change", "1")


def test_eia_publishes_mondays_price_on_wednesday() -> None:
    forecast = served("2026-07-13", "2026-07-15 20:00")
    assert forecast.forecast["horizon"].tolist() == [1, 2, 3, 4, 5]
    assert forecast.forecast["from_publication"].tolist() == [-1, 0, 1, 2, 3]
    assert forecast.publication_note == (
        "Made on 2026-07-15 20:00 UTC, when the newest price was published: the first 2 days were "
        "over or under way by then."
    )


def test_a_price_known_on_its_day_has_every_target_ahead() -> None:
    friday = served("2026-07-17", "2026-07-17 23:00")
    assert friday.forecast["from_publication"].tolist() == [1, 2, 3, 4, 5]
    assert friday.publication_note.endswith("published.")
    holiday = served("2026-07-02", "2026-07-03 23:00")  # Independence Day is observed
    assert holiday.forecast["from_publication"].tolist() == [1, 2, 3, 4, 5]


def test_months_count_from_the_running_one() -> None:
    months = served("2026-07-13", "2026-07-15 20:00", Target.MONTHLY)
    assert months.forecast["from_publication"].tolist() == [0, 1, 2, 3, 4]
