"""The metrics of this process, for Prometheus."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Metrics:
    """Requests by route and status, their latency, and what the cache did."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._requests = Counter(
            "wellhead_requests",
            "Requests by method, route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "wellhead_request_seconds",
            "Time to the end of the response.",
            ("route",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._cache = Counter(
            "wellhead_cache",
            "Requests by what the cache did: hit, miss, stale.",
            ("outcome",),
            registry=self.registry,
        )
        # `labels` takes longer than counting: children are looked up here.
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count(
        self, method: str, route: str, status: int, seconds: float, cache: str | None
    ) -> None:
        """Count a request that has ended."""
        method = method if method in _METHODS else "other"  # a client may send any word
        counted = self._children.get((method, route, status))
        if counted is None:
            counted = self._children[method, route, status] = (
                self._requests.labels(method, route, str(status)),
                self._seconds.labels(route),
            )
        counted[0].inc()
        counted[1].observe(seconds)
        if cache is not None:
            self._cache.labels(cache).inc()

    def text(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        return generate_latest(self.registry)
