"""The failures of a run, with their reasons in words."""

from dataclasses import dataclass, field

from nbclient.exceptions import DeadKernelError

from wellhead.errors import WellheadError


@dataclass
class Failures:
    """Tasks that failed, each with its reason, and the tasks that could not run because of them."""

    reasons: dict[str, str] = field(default_factory=dict)
    not_run: list[str] = field(default_factory=list)

    def message(self) -> str:
        """All failures in one line."""
        failed = "; ".join(f"{name} failed: {reason}" for name, reason in self.reasons.items())
        not_run = f" Not run because of it: {', '.join(self.not_run)}." if self.not_run else ""
        return f"{failed}.{not_run} Finished tasks are kept: remove the cause and run again."


def reason_of(error: BaseException, notebook: str | None) -> str:
    """Why a task failed, in one line, and its notebook if that has a traceback.

    The reason is the message of a Wellhead error, or of the error that a notebook's cell raised.
    """
    while not isinstance(error, WellheadError) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, DeadKernelError):
        return (
            "its process was killed, perhaps for memory: WELLHEAD_PROCESSES=1 runs one notebook "
            "at a time"
        )
    reason = " ".join(str(getattr(error, "evalue", None) or error).split()).rstrip(".")
    return f"{reason} (the notebook with its traceback: {notebook})" if notebook else reason
