"""A served forecast says which of its days had begun when it was made."""

import pandas as pd
import pytest

from wellhead.calendars import next_sessions
from wellhead.catalogue.lookup import find_instrument
from wellhead.catalogue.targets import Target
from wellhead.tables import STATISTICS
from wellhead.tracking.registry import Registered
from wellhead.workflows.forecasting import serving

WTI = find_instrument("WTI")


def served(
    monkeypatch: pytest.MonkeyPatch, last_day: str, made_at: str, target: Target = Target.DAILY
) -> serving.ServedForecast:
    """A forecast of five days, or months, as the ledger has it."""
    days = next_sessions("NYSE", last_day, 5)
    if target == Target.MONTHLY:
        days = pd.date_range(made_at[:8] + "01", periods=5, freq="MS", tz="UTC")
    first = 0 if target == Target.MONTHLY else 1
    ledger = pd.DataFrame(
        [
            {"target_at": day, "horizon": first + place, **dict.fromkeys(STATISTICS, 70.0)}
            for place, day in enumerate(days)
        ]
    ).assign(
        unit="USD/bbl",
        run_id="run",
        code_version="code",
        source="eia",
        made_at=pd.Timestamp(made_at, tz="UTC"),
        last_observed_at=pd.Timestamp(last_day, tz="UTC"),
    )
    version = Registered("WTI", target, "no-change", "1", "run", "code", "eia", "")
    monkeypatch.setattr(serving, "champion", lambda *_: version)
    monkeypatch.setattr(serving, "newest_forecast", lambda *_: ledger)
    return serving.champion_forecast(WTI, target)


def test_eia_publishes_mondays_price_on_wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    forecast = served(monkeypatch, "2026-07-13", "2026-07-15 20:00")
    assert forecast.forecast["horizon"].tolist() == [1, 2, 3, 4, 5]
    assert forecast.forecast["from_publication"].tolist() == [-1, 0, 1, 2, 3]
    assert forecast.publication_note == (
        "Made on 2026-07-15 20:00 UTC, when the newest price was published: the first 2 days were "
        "over or under way by then."
    )


def test_a_price_known_on_its_day_has_every_target_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    friday = served(monkeypatch, "2026-07-17", "2026-07-17 23:00")
    assert friday.forecast["from_publication"].tolist() == [1, 2, 3, 4, 5]
    assert friday.publication_note.endswith("published.")
    holiday = served(monkeypatch, "2026-07-02", "2026-07-03 23:00")  # Independence Day is observed
    assert holiday.forecast["from_publication"].tolist() == [1, 2, 3, 4, 5]


def test_months_count_from_the_running_one(monkeypatch: pytest.MonkeyPatch) -> None:
    months = served(monkeypatch, "2026-07-13", "2026-07-15 20:00", Target.MONTHLY)
    assert months.forecast["from_publication"].tolist() == [0, 1, 2, 3, 4]
