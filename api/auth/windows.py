"""Moving windows in the memory of this process.

The library `limits` counts in memory too, but goes through every request of a window now and then:
with thousands a second that holds the process up for tens of milliseconds. A test compares both.
"""

import time
from collections import deque

_LOOK_EVERY = 1000  # counted requests, before callers that are gone are forgotten


class MovingWindows:
    """The moments of the newest requests of each caller. For one thread."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self._seconds = seconds
        self._moments: dict[str, deque[float]] = {}
        self._counted = 0

    def hit(self, caller: str) -> tuple[bool, int, float]:
        """Count a request, unless it is beyond the limit.

        Returns whether it was within, how many are left, and the seconds until one leaves.
        """
        now = time.monotonic()
        moments = self._moments.setdefault(caller, deque())
        while moments and moments[0] <= now - self._seconds:
            moments.popleft()
        within = len(moments) < self.limit
        if within:
            moments.append(now)
        self._counted += 1
        if self._counted % _LOOK_EVERY == 0:
            self._forget_before(now - self._seconds)
        return within, self.limit - len(moments), moments[0] + self._seconds - now

    def _forget_before(self, moment: float) -> None:
        gone = [caller for caller, moments in self._moments.items() if moments[-1] <= moment]
        for caller in gone:
            del self._moments[caller]
