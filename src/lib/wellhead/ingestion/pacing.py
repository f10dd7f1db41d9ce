"""Pace and retries, the same for every live source."""

from collections.abc import Callable
from pathlib import Path
from random import uniform
from time import monotonic, sleep
from typing import TypeVar

from filelock import FileLock

from wellhead.errors import SourceError, SourceUnavailableError
from wellhead.settings import get_settings

ATTEMPTS = 5
LONGEST_WAIT = 120.0  # seconds; if a source asks for a longer pause, the load gives up
PATIENCE = 600.0  # seconds for one answer, all attempts and pauses together

_Answer = TypeVar("_Answer")


class Temporary(Exception):
    """A failure that may pass. It stays inside the sources: `with_retries` turns it into `becomes`.

    `wait` is the pause in seconds that the source asks for.
    """

    def __init__(
        self,
        reason: str,
        *,
        wait: float | None = None,
        becomes: type[SourceError] = SourceUnavailableError,
    ) -> None:
        super().__init__(reason)
        self.wait = wait
        self.becomes = becomes


class Pace:
    """Even spacing of the requests to one source, so that no interval has too many.

    Notebooks run in parallel processes with the same key. The moment of the last request is in
    `var/pace/`, under a lock, and all processes of the machine share it.
    """

    def __init__(self, source: str, *, per_second: float, per_minute: float) -> None:
        self.source = source
        self.spacing = max(1 / per_second, 60 / per_minute)

    def wait(self) -> None:
        """Return when the next request may be sent."""
        kept = get_settings().var / "pace" / self.source
        kept.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{kept}.lock"):
            # The clock restarts with the machine, so an old moment may lie far in the future.
            pause = min(_moment(kept) + self.spacing - monotonic(), self.spacing)
            if pause > 0:
                sleep(pause)
            kept.write_text(str(monotonic()), encoding="ascii")


def _moment(kept: Path) -> float:
    try:
        return float(kept.read_text(encoding="ascii"))
    except (OSError, ValueError):  # there is none yet, or its writer was killed
        return float("-inf")


def with_retries(attempt: Callable[[], _Answer]) -> _Answer:
    """The result of `attempt`, which is repeated after a Temporary failure, at most ATTEMPTS times.

    The pause between two attempts is the one that the source asks for, else a random one that
    grows. A pause longer than LONGEST_WAIT, or one that would exceed PATIENCE, is not waited for.
    Raises the SourceError that the last failure becomes.
    """
    tried, began = 0, monotonic()
    while True:
        tried += 1
        try:
            return attempt()
        except Temporary as failure:
            pause = _growing_pause(tried) if failure.wait is None else failure.wait
            outlasts = monotonic() - began + pause > PATIENCE
            if tried == ATTEMPTS or pause > LONGEST_WAIT or outlasts:
                raise _final(failure, tried) from None
        sleep(pause)


def _growing_pause(tried: int) -> float:
    """Random up to 2, 4, 8 … 30 seconds, so that parallel runs do not retry at the same time."""
    return uniform(0.5, min(30.0, 2.0**tried))  # noqa: S311 - it guards nothing


def _final(failure: Temporary, tried: int) -> SourceError:
    rest = f" It asks for a pause of {failure.wait:.0f} s." if failure.wait else ""
    times = "once" if tried == 1 else f"{tried} times"
    return failure.becomes(f"{failure}.{rest} Tried {times}; nothing was stored. Try again later.")
