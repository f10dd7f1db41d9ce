"""The errors that Wellhead raises on purpose, in one tree. Each message says what to do.

    WellheadError
    ├── SettingsError              a setting is missing or makes no sense
    ├── InputError                 the request names something that does not exist
    │   ├── UnknownCommodityError
    │   ├── UnknownSourceError
    │   ├── UnknownModelError
    │   ├── UnknownKeyError
    │   ├── InactiveKeyError
    │   └── BadDateError
    ├── SourceError                an upstream source failed or sent a wrong answer
    │   ├── SourceUnavailableError     it cannot be reached, or refused the request
    │   ├── SourceFormatError          its answer is not in the documented format
    │   ├── EmptySourceError           it answered with no rows for a known series
    │   ├── LostDaysError              its answer has none of the days that are stored
    │   └── UnitMismatchError          its unit is not the unit of the catalogue
    ├── ValidationRefusedError     a batch scored below the quality target; no row was stored
    ├── StorageError               the database cannot be used
    ├── NoDataError                no stored data for the request
    │   └── NoForecastError            the champion has not forecast yet
    ├── ModelError
    │   ├── NotEnoughHistoryError      too few observations to fit
    │   ├── ArtifactError              a saved model is missing, corrupt or of another kind
    │   └── NoChampionError            no champion is registered yet
    ├── ApiError                   the API refused a request of our client
    ├── ApiUnreachableError        the API did not answer our client
    ├── BusyError                  another run or program holds the lock or the port
    └── PipelineError              a pipeline step failed

Command line, API and notebooks show only `str(error)`, which is one complete line without secrets.
"""

from wellhead.masking import masked


class WellheadError(Exception):
    """Base of all errors raised on purpose. `exit_code` is the exit code of the command line."""

    exit_code = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(masked(message))


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


class UnknownKeyError(InputError):
    """There is no API key of this name."""


class InactiveKeyError(InputError):
    """The API key has expired or was revoked."""


class BadDateError(InputError):
    """The text is not a date (YYYY-MM-DD), or a period ends before it starts."""


class SourceError(WellheadError):
    """An upstream source failed. Stored data is unchanged."""


class SourceUnavailableError(SourceError):
    """The source cannot be reached or refused the request. Try again later."""


class SourceFormatError(SourceError):
    """The answer is not in the documented format: the file or the API has changed."""


class EmptySourceError(SourceError):
    """The answer for a known series has no rows. That is a failure, not 'no new data'."""


class LostDaysError(SourceError):
    """The answer has none of the stored days of its window: another series, or a cut answer."""


class UnitMismatchError(SourceError):
    """The unit of the source is not that of the catalogue. Convert it, or correct the catalogue."""


class ValidationRefusedError(WellheadError):
    """The quality score of the batch is below the target; no row of it was stored.

    `failures` maps each failing rule to the number of rows it caught.
    """

    def __init__(self, message: str, *, score: float, failures: dict[str, int]) -> None:
        super().__init__(message)
        self.score = score
        self.failures = failures


class StorageError(WellheadError):
    """The database cannot be reached, or its schema is of another version."""


class NoDataError(WellheadError):
    """No stored data for the request. Run the ingest that the message names."""


class NoForecastError(NoDataError):
    """The champion has not forecast yet. A run in progress will; otherwise run the pipeline."""


class ModelError(WellheadError):
    """A model cannot be fitted, saved, loaded or served."""


class NotEnoughHistoryError(ModelError):
    """There are too few observations to fit the model."""


class ArtifactError(ModelError):
    """A saved model is missing, incomplete or differs from its manifest. It is not loaded."""


class NoChampionError(ModelError):
    """No champion is registered for the commodity. Run the pipeline first."""


class ApiError(WellheadError):
    """The API refused a request. `status` and `code` are those of docs/api.md.

    `retry_after`: the seconds after which to try again; None if that would change nothing.
    """

    def __init__(self, message: str, *, status: int, code: str, retry_after: float | None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after = retry_after


class ApiUnreachableError(WellheadError):
    """The API did not answer. Check its address, and that it runs: `make api`."""


class BusyError(WellheadError):
    """Another run or program holds the lock or the port. Wait for it, or stop it."""


class PipelineError(WellheadError):
    """A step of the pipeline failed; the results of all other steps are kept."""
