"""When a model may be asked: its limits in the pool file, and cool-downs after failures, within this process.

The services share limits and cool-downs over replicas, by Postgres (`jisi.llm.limits`, `jisi.llm.cooldown`); an
evaluation needs no services, so it keeps to the same limits and errors' cool-downs by itself.
"""

import asyncio
import math
import time
from collections.abc import Callable

from jisi.errors import PermanentError
from jisi.llm.cooldown import LONGEST_TRANSIENT_SECONDS
from jisi.llm.errors import LLMError
from jisi.llm.spec import ModelSpec

CALLS_AT_ONCE = 16
"""Of a model whose pool file names no `limits.concurrency`."""
LONGEST_WAIT_SECONDS = 30.0
"""A model that is to be left alone for longer is given up for the calls that want it now."""
_SECONDS_A_MINUTE = 60.0


class CallFailedError(PermanentError):
    """A call brought no response, after all attempts."""

    def __init__(self, model: str, cause: str, message: str) -> None:
        super().__init__(message)
        self.model = model
        self.cause = cause
        """Code of the last error."""


class Endpoint:
    """One model: `async with endpoint.slot` around a call, `await endpoint.turn()` before each attempt."""

    def __init__(self, spec: ModelSpec, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.spec = spec
        self.slot = asyncio.Semaphore(spec.limits.concurrency or CALLS_AT_ONCE)
        self._clock = clock
        self._interval = _SECONDS_A_MINUTE / spec.limits.requests_per_minute if spec.limits.requests_per_minute else 0.0
        self._next_turn = -math.inf
        self._cool_until = -math.inf
        self._failure: LLMError | None = None
        self._failures = 0
        self._rounds = 0

    @property
    def given_up(self) -> CallFailedError | None:
        """Why the model is not asked again in this run; None: it may be."""
        return self._left_alone() if self._cool_until == math.inf else None

    async def turn(self) -> None:
        """Wait until an attempt may begin.

        Raises:
            CallFailedError: the model is to be left alone for too long.
        """
        while (left := self._cool_until - self._clock()) > 0:
            if left > LONGEST_WAIT_SECONDS:
                raise self._left_alone()
            await asyncio.sleep(left)
        now = self._clock()
        begin = max(now, self._next_turn)
        self._next_turn = begin + self._interval
        if begin > now:
            await asyncio.sleep(begin - now)

    def succeeded(self) -> None:
        """Forget failures: the model answers."""
        self._failures = self._rounds = 0

    def failed(self, error: LLMError) -> None:
        """Leave the model alone for as long as the error says, twice as long each time; for good if it is permanent."""
        self._failures += 1
        seconds = error.cool_down_seconds
        if seconds is None or (self._failures < error.cool_down_after and error.retry_after_seconds is None):
            return
        self._failure = error
        if not error.transient:
            self._cool_until = math.inf
            return
        now = self._clock()
        if self._cool_until <= now:
            self._rounds += 1
        wait = (
            seconds
            if error.retry_after_seconds is not None
            else min(seconds * 2 ** (self._rounds - 1), LONGEST_TRANSIENT_SECONDS)
        )
        self._cool_until = max(self._cool_until, now + wait)

    def _left_alone(self) -> CallFailedError:
        assert self._failure is not None, "only a failure lets it cool down"
        return CallFailedError(self.spec.name, self._failure.code, f"{self.spec.name} is left alone: {self._failure}")
