"""The volatility models, by name. Add one here."""

from wellhead.analytics.volatility.average import Average
from wellhead.analytics.volatility.ewma import Ewma
from wellhead.analytics.volatility.garch import Garch
from wellhead.analytics.volatility.har import Har
from wellhead.analytics.volatility.interface import VolatilityModel

BENCHMARK = "ewma"
_ESTIMATED: tuple[VolatilityModel, ...] = (Garch("garch"), Garch("gjr"), Garch("egarch"), Har())
MODELS: dict[str, VolatilityModel] = {
    model.name: model for model in (Ewma(), *_ESTIMATED, Average(_ESTIMATED))
}
