"""Whether the service can answer: what it needs, each by its name."""

import structlog

from api.redis_client import SharedRedis
from api.schemas.service import Check, Readiness
from wellhead.errors import WellheadError
from wellhead.tracking.reachable import answers
from wellhead.workflows.forecasting.serving import champion_forecasts

_log = structlog.get_logger("wellhead.api")


def readiness() -> Readiness:
    """Check database, champions, freshness and the model registry.

    Forecasts come from the database: stale data, and a registry that is away, are told, and do not
    make the service unready.
    """
    try:
        served = champion_forecasts()
    except WellheadError as error:
        _log.warning("not ready", error=type(error).__name__)
        return Readiness(
            ready=False, checks=[_AWAY, *map(_unknown, ("champions", "freshness", "registry"))]
        )
    stale = ", ".join(each.instrument.key for each in served if each.is_stale)
    checks = [
        Check(name="database", ok=True, detail="reachable"),
        Check(name="champions", ok=bool(served), detail=f"{len(served)} with a forecast"),
        Check(name="freshness", ok=not stale, detail=f"stale: {stale}" if stale else "none stale"),
        _registry(),
    ]
    return Readiness(ready=bool(served), checks=checks)


_AWAY = Check(name="database", ok=False, detail="unreachable; the server's log has the reason")


def _unknown(name: str) -> Check:
    return Check(name=name, ok=False, detail="unknown without the database")


def _registry() -> Check:
    is_there = answers()
    return Check(name="registry", ok=is_there, detail="reachable" if is_there else "unreachable")


async def cache_check(redis: SharedRedis | None) -> Check:
    """Where limits and kept responses are. Without Redis each process has its own."""
    if redis is None:
        return Check(name="cache", ok=True, detail="of each process: REDIS_URL is not set")
    if not await redis.answers():
        detail = "Redis does not answer: limits and kept responses are of each process"
        return Check(name="cache", ok=False, detail=detail)
    return Check(name="cache", ok=True, detail="in Redis, shared by all processes")
