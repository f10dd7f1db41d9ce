"""How often a source is asked, and how long one keeps asking: for every live source alike."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from filelock import FileLock
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from wellhead.errors import SourceError, SourceUnavailableError
from wellhead.settings import get_settings

ATTEMPTS = 5
LONGEST_WAIT = 120.0  # seconds; a source that asks for more is left alone

_Answer = TypeVar("_Answer")
_growing_pause = wait_random_exponential(multiplier=1, max=30)  # random: parallel runs spread out


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
            due = float(kept.read_text()) + self.spacing if kept.exists() else 0.0
            # The clock starts anew with the machine, so a moment kept before lies in the future.
            pause = min(due - monotonic(), self.spacing)
            if pause > 0:
                sleep(pause)
            kept.write_text(str(monotonic()))


def persistently(attempt: Callable[[], _Answer]) -> _Answer:
    """The answer of `attempt`, called again after each Temporary failure, ATTEMPTS times at most.

    Between two calls lies the pause that the source asked for, else a random one that grows. A
    pause longer than LONGEST_WAIT is not sat out. Raises the SourceError that the last failure
    becomes.
    """
    return Retrying(
        retry=retry_if_exception_type(Temporary),
        stop=stop_after_attempt(ATTEMPTS) | _must_rest_too_long,
        wait=_pause,
        sleep=sleep,
        retry_error_callback=_give_up,
    )(attempt)


def _failure(state: RetryCallState) -> Temporary:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, Temporary)  # noqa: S101 - tenacity retries nothing else here
    return failure


def _must_rest_too_long(state: RetryCallState) -> bool:
    return (_failure(state).wait or 0.0) > LONGEST_WAIT


def _pause(state: RetryCallState) -> float:
    asked_for = _failure(state).wait
    return _growing_pause(state) if asked_for is None else asked_for


def _give_up(state: RetryCallState) -> None:
    failure = _failure(state)
    rest = f" It asks for {failure.wait:.0f} s of rest." if failure.wait else ""
    raise failure.becomes(
        f"{failure}.{rest} Asked {state.attempt_number} times; nothing was stored. Try again later."
    ) from None
