"""Every error Wellhead raises on purpose. One tree; each message says what to do.

    WellheadError
    ├── SettingsError              a setting is missing or makes no sense
    ├── InputError                 the caller asked for something that does not exist
    │   ├── UnknownCommodityError
    │   ├── UnknownSourceError
    │   ├── UnknownModelError
    │   └── BadDateError
    ├── SourceError                an upstream source failed or answered nonsense
    │   ├── SourceUnavailableError     it could not be reached, or refused us
    │   ├── SourceFormatError          its answer is not in the documented form
    │   ├── EmptySourceError           it answered with no rows for a known series
    │   ├── LostDaysError              it answered without any of the days that are stored
    │   └── UnitMismatchError          it answered in another unit than the catalogue says
    ├── ValidationRefusedError     a batch fell below the quality target; nothing of it was stored
    ├── StorageError               the database cannot be used
    ├── NoDataError                nothing is stored for the question asked
    ├── ModelError
    │   ├── NotEnoughHistoryError      too few observations to fit
    │   ├── ArtifactError              a saved model is gone, corrupt or of another kind
    │   └── NoChampionError            no champion is registered yet
    ├── BusyError                  another run, or another program, holds what we need
    └── PipelineError              a pipeline step failed

Command line, API and notebooks show `str(error)` alone: it is one line and complete.
"""


class WellheadError(Exception):
    """Base of all errors raised on purpose. `exit_code` is what the command line ends with."""

    exit_code = 1


class SettingsError(WellheadError):
    """A setting is missing or invalid. Set the environment variable that the message names."""

    exit_code = 2


class InputError(WellheadError):
    """The request names something that does not exist. Correct the request."""

    exit_code = 2


class UnknownCommodityError(InputError):
    """The commodity is not in the catalogue."""


class UnknownSourceError(InputError):
    """The source is not registered, or does not carry the commodity."""


class UnknownModelError(InputError):
    """The model is not registered."""


class BadDateError(InputError):
    """The text is not a date (YYYY-MM-DD), or the period is upside down."""


class SourceError(WellheadError):
    """An upstream source failed. What is stored is unchanged."""


class SourceUnavailableError(SourceError):
    """The source could not be reached or refused the request. Try again later."""


class SourceFormatError(SourceError):
    """The answer is not in the documented form: the file or the API has changed."""


class EmptySourceError(SourceError):
    """A known series came back without rows. That is a failure, never 'no news'."""


class LostDaysError(SourceError):
    """A window came back without any of the days stored for it: another series, or a cut answer."""


class UnitMismatchError(SourceError):
    """The source states another unit than the catalogue. Convert it or correct the catalogue."""


class ValidationRefusedError(WellheadError):
    """The batch scored below the quality target and was refused whole.

    `failures` maps each failing rule to the number of rows it caught.
    """

    def __init__(self, message: str, *, score: float, failures: dict[str, int]) -> None:
        super().__init__(message)
        self.score = score
        self.failures = failures


class StorageError(WellheadError):
    """The database cannot be reached, or its schema does not fit."""


class NoDataError(WellheadError):
    """Nothing stored answers the question. Run the ingest that the message names."""


class ModelError(WellheadError):
    """A model cannot be fitted, saved, loaded or served."""


class NotEnoughHistoryError(ModelError):
    """There are too few observations to fit the model honestly."""


class ArtifactError(ModelError):
    """A saved model is gone, incomplete or not what its manifest says. It is not loaded."""


class NoChampionError(ModelError):
    """No champion is registered for the commodity. Run the pipeline first."""


class BusyError(WellheadError):
    """Another run or program holds the lock or the port. Wait for it, or stop it."""


class PipelineError(WellheadError):
    """A step of the pipeline failed; the steps that did not depend on it are done and kept."""
