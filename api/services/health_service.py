"""Whether the service can answer: what it needs, each by its name."""

from collections.abc import Callable

from api.schemas.service import Check, Readiness
from wellhead.database.serving.champions import newest_decisions
from wellhead.errors import WellheadError
from wellhead.workflows.forecasting.serving import champion_forecasts


def readiness() -> Readiness:
    """Check database, registry of champions and freshness. Stale data is told, not refused."""
    checks = [
        _check("database", _database),
        _check("champions", _champions),
        _check("freshness", _freshness),
    ]
    needed = [check for check in checks if check.name != "freshness"]
    return Readiness(ready=all(check.ok for check in needed), checks=checks)


def _check(name: str, look: Callable[[], tuple[bool, str]]) -> Check:
    try:
        ok, detail = look()
    except WellheadError as error:
        ok, detail = False, f"{type(error).__name__}: the server's log has the reason"
    return Check(name=name, ok=ok, detail=detail)


def _database() -> tuple[bool, str]:
    newest_decisions()
    return True, "reachable"


def _champions() -> tuple[bool, str]:
    count = len(champion_forecasts())
    return count > 0, f"{count} commodities have a champion's forecast"


def _freshness() -> tuple[bool, str]:
    stale = [each.instrument.key for each in champion_forecasts() if each.is_stale]
    return not stale, f"stale: {', '.join(stale)}" if stale else "no forecast is stale"
