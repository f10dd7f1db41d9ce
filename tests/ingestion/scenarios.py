"""The fault suite's scenarios: each fault at each live source, with what it must end in."""

from dataclasses import dataclass

from tests.ingestion.faults import SAID
from tests.ingestion.spoils import ON_THE_WAY, Spoil
from tests.ingestion.upstreams import UPSTREAMS
from wellhead.errors import SourceFormatError, SourceUnavailableError, WellheadError

_EVER = 10_000
_FORMAT = ("JSON cut short", "HTML with status 200", "an empty body", "bytes that do not unpack")
_NO_JSON = ("500", "503 as a page of HTML")


def _lasting(source: str, name: str) -> type[WellheadError]:
    if source == "yahoo" and name == "bytes that do not unpack":
        return SourceUnavailableError  # curl does not tell it from a transfer that broke off
    if source == "yahoo" and name in _NO_JSON:
        return SourceFormatError  # yfinance reads the body and not the status
    return SourceFormatError if name in _FORMAT else SourceUnavailableError


@dataclass(frozen=True)
class Scenario:
    """One fault at one source: the answers it spoils, and the error it must end in, if any."""

    source: str
    fault: str
    spoil: Spoil
    answers: tuple[int, int]
    error: type[WellheadError] | None

    def __str__(self) -> str:
        return f"{self.source}: {self.fault}"


def scenarios() -> list[Scenario]:
    """All of them: passing faults first, then those that last."""
    passing = [
        Scenario(
            source,
            f"{name}, twice, amid the answers",
            spoil,
            (UPSTREAMS[source].first, UPSTREAMS[source].first + 1) if source != "yahoo" else (2, 3),
            None,
        )
        for source in UPSTREAMS
        for name, spoil in ON_THE_WAY.items()
    ]
    lasting = [
        Scenario(
            source,
            f"{name}, lasting",
            spoil,
            (UPSTREAMS[source].first, _EVER),
            _lasting(source, name),
        )
        for source in UPSTREAMS
        for name, spoil in ON_THE_WAY.items()
    ]
    answers = [
        Scenario(source, name, spoil, (1, _EVER), error)
        for source, faults in SAID.items()
        for name, (spoil, error) in faults.items()
    ]
    return [*passing, *lasting, *answers]
