"""The scope of a run: its source, what it loads and what it forecasts."""

from dataclasses import dataclass
from typing import Any

from wellhead.catalogue.instruments import Instrument
from wellhead.errors import UnknownSourceError
from wellhead.ingestion.base import Source
from wellhead.ingestion.registry import get_source
from wellhead.settings import get_settings
from wellhead.workflows.configuration import Configuration


@dataclass(frozen=True)
class Scope:
    """What one run works on."""

    configuration: Configuration
    source: str
    commodities: tuple[Instrument, ...]
    """The instruments to forecast."""
    instruments: tuple[Instrument, ...]
    """The instruments to load: the commodities, and the covariates that the source carries."""

    def named_values(self) -> dict[str, Any]:
        """The values of the names in `pipeline.yaml`: {{source}}, {{models.arima}} and so on."""
        return {
            "source": self.source,
            "commodities": [instrument.key for instrument in self.commodities],
            "instruments": [instrument.key for instrument in self.instruments],
            "models": dict(self.configuration.models),
            "backtest": dict(self.configuration.backtest_fields),
            "analytics": dict(self.configuration.analytics),
            "artifacts": str(get_settings().artifacts),
        }


def scope_of_run(
    configuration: Configuration,
    source: str,
    commodities: tuple[Instrument, ...] | None = None,
) -> Scope:
    """The scope of a run.

    `source` is the key of a source, `commodities` None those of the configuration. Raises
    UnknownSourceError for a source without daily prices of a commodity.
    """
    supplier = get_source(source)
    wanted = commodities or configuration.commodities
    for instrument in wanted:
        _require_daily_prices(supplier, instrument)
    carried = supplier.carries()
    loaded = {one.key: one for one in (*wanted, *configuration.covariates) if one.key in carried}
    return Scope(configuration, supplier.card.key, wanted, tuple(loaded.values()))


def _require_daily_prices(supplier: Source, instrument: Instrument) -> None:
    if "daily" not in supplier.frequencies(instrument):
        raise UnknownSourceError(
            f"source {supplier.card.key} has no daily prices of {instrument.key}; models need them."
        )
