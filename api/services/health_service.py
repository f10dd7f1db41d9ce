"""Whether the service can answer: what it needs, each by its name."""

import structlog

from api.schemas.service import Check, Readiness
from wellhead.errors import WellheadError
from wellhead.workflows.forecasting.serving import champion_forecasts

_log = structlog.get_logger("wellhead.api")


def readiness() -> Readiness:
    """Check database, registry of champions and freshness. Stale data is told, not refused."""
    try:
        served = champion_forecasts()
    except WellheadError as error:
        _log.warning("not ready", error=type(error).__name__)
        return Readiness(ready=False, checks=[_AWAY, *map(_unknown, ("champions", "freshness"))])
    stale = ", ".join(each.instrument.key for each in served if each.is_stale)
    checks = [
        Check(name="database", ok=True, detail="reachable"),
        Check(name="champions", ok=bool(served), detail=f"{len(served)} with a forecast"),
        Check(name="freshness", ok=not stale, detail=f"stale: {stale}" if stale else "none stale"),
    ]
    return Readiness(ready=bool(served), checks=checks)


_AWAY = Check(name="database", ok=False, detail="unreachable; the server's log has the reason")


def _unknown(name: str) -> Check:
    return Check(name=name, ok=False, detail="unknown without the database")
