"""The metrics of the API, for Prometheus; with several processes, those of all of them."""

import os
from collections.abc import Iterator

import psutil
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from api.gateway.forecast_metrics import ForecastCollector

SEVERAL_PROCESSES = "PROMETHEUS_MULTIPROC_DIR"
"""The folder in which the processes of one server count together; its library reads it."""

_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LONG_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Metrics:
    """Requests by route and status, their latency, what the cache did, and how forecasts do."""

    def __init__(self) -> None:
        self._own = CollectorRegistry()
        self._requests = self._counter(
            "requests", "Requests by method, route and status.", "method", "route", "status"
        )
        self._seconds = self._histogram("request_seconds", "Time to the response's end.", "route")
        outcomes = self._counter("cache", "Requests by what the cache did.", "outcome")
        self._outcomes = {name: outcomes.labels(name) for name in ("hit", "miss", "stale")}
        self._refused = self._counter("refused", "Requests refused, by the problem.", "code")
        self._inference = self._histogram(
            "inference_seconds", "Time of a forecast on request.", "model", buckets=_LONG_BUCKETS
        )
        # `labels` takes longer than counting: children are looked up here.
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._shown = CollectorRegistry()
        self._shown.register(ForecastCollector())
        self._shown.register(_ProcessCollector())

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
            self._outcomes[cache].inc()

    def note_problem(self, code: str) -> None:
        """Count a problem, such as `rate_limited`, by its code."""
        self._refused.labels(code).inc()

    def note_inference(self, model: str, seconds: float) -> None:
        """Count a forecast on request that has ended well."""
        self._inference.labels(model).observe(seconds)

    def text(self) -> bytes:
        """All metrics in the text format of Prometheus. Reads the database."""
        counted = self._own
        if SEVERAL_PROCESSES in os.environ:
            counted = CollectorRegistry()
            MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
        return generate_latest(counted) + generate_latest(self._shown)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"wellhead_{name}", what, labels, registry=self._own)

    def _histogram(
        self, name: str, what: str, *labels: str, buckets: tuple[float, ...] = _BUCKETS
    ) -> Histogram:
        return Histogram(f"wellhead_{name}", what, labels, buckets=buckets, registry=self._own)


class _ProcessCollector(Collector):
    """Memory and processor time of every process of this server, by its number."""

    def collect(self) -> Iterator[Metric]:
        memory = GaugeMetricFamily(
            "wellhead_process_resident_memory_bytes", "Memory of a process.", labels=["pid"]
        )
        processor = CounterMetricFamily(
            "wellhead_process_cpu_seconds", "Processor time of a process.", labels=["pid"]
        )
        for process in _processes():
            try:
                with process.oneshot():
                    memory.add_metric([str(process.pid)], process.memory_info().rss)
                    times = process.cpu_times()
                processor.add_metric([str(process.pid)], times.user + times.system)
            except psutil.Error:
                continue  # it ended meanwhile
        yield memory
        yield processor


def _processes() -> list[psutil.Process]:
    """This process and those it started; of a server with several, all of them."""
    own = psutil.Process()
    first = own.parent() if SEVERAL_PROCESSES in os.environ else None
    first = first or own
    return [first, *first.children(recursive=True)]
