"""How often a source is asked, and how long one keeps asking: for every live source alike."""

from collections.abc import Callable
from pathlib import Path
from random import uniform
from time import monotonic, sleep
from typing import TypeVar

from filelock import FileLock

from wellhead.errors import SourceError, SourceUnavailableError
from wellhead.settings import get_settings

ATTEMPTS = 5
LONGEST_WAIT = 120.0  # seconds; a source that asks for more is left alone
PATIENCE = 600.0  # seconds for one answer, all attempts and pauses together

_Answer = TypeVar("_Answer")


class Temporary(Exception):
    """A failure that may pass. Stays inside the sources: `persistently` turns it into `becomes`.

    `wait` is the pause that the source asked for, in seconds.
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
    """Even spacing of the requests to one source, so that no window of time holds too many.

    Notebooks run in parallel, each a process of its own with the same key: the moment of the last
    request is kept in `var/pace/`, under a lock, and all processes of the machine share it.
    """

    def __init__(self, source: str, *, per_second: float, per_minute: float) -> None:
        self.source = source
        self.spacing = max(1 / per_second, 60 / per_minute)

    def wait(self) -> None:
        """Return when the next request may be sent."""
        kept = get_settings().var / "pace" / self.source
        kept.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{kept}.lock"):
            # The clock starts anew with the machine, so a moment kept before may lie far ahead.
            pause = min(_moment(kept) + self.spacing - monotonic(), self.spacing)
            if pause > 0:
                sleep(pause)
            kept.write_text(str(monotonic()), encoding="ascii")


def _moment(kept: Path) -> float:
    try:
        return float(kept.read_text(encoding="ascii"))
    except (OSError, ValueError):  # none yet, or its writer was killed halfway
        return float("-inf")


def persistently(attempt: Callable[[], _Answer]) -> _Answer:
    """The answer of `attempt`, called again after each Temporary failure, ATTEMPTS times at most.

    Between two calls lies the pause that the source asked for, else a random one that grows. A
    pause longer than LONGEST_WAIT is not sat out, nor one that would outlast PATIENCE. Raises the
    SourceError that the last failure becomes.
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
    """Random up to 2, 4, 8 … 30 seconds, so that parallel runs do not come back in step."""
    return uniform(0.5, min(30.0, 2.0**tried))  # noqa: S311 - it guards nothing


def _final(failure: Temporary, tried: int) -> SourceError:
    rest = f" It asks for a pause of {failure.wait:.0f} s." if failure.wait else ""
    times = "once" if tried == 1 else f"{tried} times"
    return failure.becomes(f"{failure}.{rest} Asked {times}; nothing was stored. Try again later.")
