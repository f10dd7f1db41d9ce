"""The model service: the registered champions, loaded to forecast from a history of one's own."""

from dataclasses import dataclass
from functools import lru_cache

from wellhead.catalogue.lookup import find_instrument
from wellhead.evaluation.calibration.deployed import DeployedForecaster
from wellhead.tracking.registry import Registered, champion
from wellhead.workflows.modelling.versions import load_version


@dataclass(frozen=True)
class LoadedChampion:
    """A commodity's champion, ready to forecast, and its registration."""

    model: DeployedForecaster
    registered: Registered


class ModelService:
    """Loads registered models. Its only state is a cache, so instances can run side by side.

    The endpoints read the champion's rows in the ledger instead: those have passed the validation
    gate and can be looked up later, and the same prices give the same figures (a test compares
    them).
    """

    def load_model(self, commodity: str) -> LoadedChampion:
        """The daily champion of a commodity. Each call asks the registry; files are loaded once.

        Raises UnknownCommodityError, NoChampionError, or ArtifactError for changed files.
        """
        return _load(champion(find_instrument(commodity).key))


@lru_cache
def get_model_service() -> ModelService:
    """The service of this process."""
    return ModelService()


@lru_cache(maxsize=32)
def _load(registered: Registered) -> LoadedChampion:
    return LoadedChampion(load_version(registered), registered)
