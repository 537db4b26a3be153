"""Leaving endpoints alone that refuse or fail, within this process: what `jisi.llm.cooldown` does over all replicas."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from jisi.llm.cooldown import LONGEST_SECONDS, LONGEST_TRANSIENT_SECONDS
from jisi.llm.errors import LLMError
from jisi.llm.spec import ModelSpec


@dataclass(slots=True)
class _State:
    until: float = -math.inf
    reason: str = ""
    failures: int = 0
    """In a row."""
    rounds: int = 0
    """Cool-downs in a row, each twice as long as the one before."""


class OwnCoolDowns:
    """The cool-downs of one process without a database."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._states: dict[str, _State] = {}

    def cooling(self, model: str) -> tuple[float, str] | None:
        """Give how many seconds more and why a model is left alone; None: it may be asked."""
        state = self._states.get(model)
        left = -math.inf if state is None else state.until - self._clock()
        return (left, state.reason) if state is not None and left > 0 else None

    async def failed(self, spec: ModelSpec, error: LLMError) -> None:
        """Take note of a call's failure."""
        seconds = error.cool_down_seconds
        if seconds is None:
            return
        state = self._states.setdefault(spec.name, _State())
        state.failures += 1
        asked_for = error.retry_after_seconds is not None
        if state.failures < error.cool_down_after and not asked_for:
            return
        now = self._clock()
        if state.until <= now:
            state.rounds += 1
        longest = LONGEST_TRANSIENT_SECONDS if error.transient and not asked_for else LONGEST_SECONDS
        wait = min(seconds if asked_for else seconds * 2 ** min(state.rounds - 1, 20), longest)
        state.until, state.reason = max(state.until, now + wait), error.code

    async def succeeded(self, spec: ModelSpec) -> None:
        """Forget failures, unless the call was begun before the model began to cool down."""
        if self.cooling(spec.name) is None:
            self._states.pop(spec.name, None)
