"""How the champions' forecasts do, as metrics: age, coverage, accuracy."""

from collections.abc import Iterator

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from wellhead.catalogue.targets import Target
from wellhead.database.serving.champions import newest_track_records
from wellhead.errors import WellheadError
from wellhead.workflows.forecasting.serving import ServedForecast, target_forecasts

_LABELS = ("commodity", "target", "model")


class ForecastCollector(Collector):
    """Reads the ledger when it is asked. Without a database only `wellhead_database_up` is left."""

    def describe(self) -> Iterator[Metric]:
        """What is registered: `collect` would read the database then."""
        yield _gauge("database_up", "Whether the database answers.")

    def collect(self) -> Iterator[Metric]:
        up = _gauge("database_up", "Whether the database answers.")
        try:
            served = [each for target in Target for each in target_forecasts(target)]
            found = [_ages(served), *_records(served)]
        except WellheadError:
            found = []
        up.add_metric([], float(bool(found)))
        yield up
        yield from found


def _ages(served: list[ServedForecast]) -> GaugeMetricFamily:
    age = _gauge(
        "forecast_age_seconds", "Since the last price of the champion's forecast.", *_LABELS
    )
    for each in served:
        age.add_metric(_labels(each), each.age_days * 86_400.0)
    return age


def _records(served: list[ServedForecast]) -> Iterator[GaugeMetricFamily]:
    labels = (*_LABELS, "horizon")
    coverage = _gauge("forecast_coverage_80", "Share of outcomes in the 80 % band.", *labels)
    ratio = _gauge("forecast_mspe_ratio", "Squared error divided by no-change's.", *labels)
    for each in served:
        rows = newest_track_records(each.instrument.key, each.target, each.source, each.model)
        for row in rows:
            named = [*_labels(each), str(row.horizon)]
            coverage.add_metric(named, row.coverage_80)
            if row.mspe_ratio is not None:  # the price has not moved
                ratio.add_metric(named, row.mspe_ratio)
    yield coverage
    yield ratio


def _labels(served: ServedForecast) -> list[str]:
    return [served.instrument.key, served.target.value, served.model]


def _gauge(name: str, what: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"wellhead_{name}", what, labels=labels)
