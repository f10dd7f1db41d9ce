"""Responses about analyses: the newest that were known at a moment."""

from datetime import datetime
from typing import TypeVar

from api.schemas.analytics import Analysis, AnalysisList
from wellhead.calendars import STALE_AFTER_DAYS, now
from wellhead.workflows.market.analysis import StoredAnalysis, stored_analyses, stored_analysis

Answer = TypeVar("Answer", bound=Analysis)


class AnalyticsService:
    """Makes the bodies of responses about analyses. It has no state."""

    def all_kinds(self, commodity: str, source: str | None, as_of: datetime | None) -> AnalysisList:
        """The newest analysis of each kind. Raises NoDataError without one."""
        found = stored_analyses(commodity, source=source, as_of=as_of)
        analyses = [_answer(Analysis, each) for each in found]
        return AnalysisList(commodity=commodity, analyses=analyses)

    def one_kind(
        self,
        form: type[Answer],
        commodity: str,
        kind: str,
        source: str | None,
        as_of: datetime | None,
    ) -> Answer:
        """The newest analysis of one kind, in the form of its response. Raises NoDataError."""
        return _answer(form, stored_analysis(commodity, kind, source=source, as_of=as_of))


async def get_analytics_service() -> AnalyticsService:
    """The service for a request."""
    return AnalyticsService()


def _answer(form: type[Answer], stored: StoredAnalysis) -> Answer:
    age = (now() - stored.last_observed_at).days
    fields = {name: getattr(stored, name) for name in StoredAnalysis.model_fields}
    return form.model_validate(
        {
            **fields,
            "last_observed_at": stored.last_observed_at.date(),
            "age_days": age,
            "is_stale": age > STALE_AFTER_DAYS,
        }
    )
