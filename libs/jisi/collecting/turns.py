"""When a model may be called: its limits, its cool-downs, and when it is given up for the rest of a run."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.collecting.cool_downs import OwnCoolDowns
from jisi.collecting.slots import OwnSlots, SharedSlots, Slots
from jisi.database import Notifications
from jisi.errors import PermanentError
from jisi.ledger.calls import CoolDowns
from jisi.llm.cooldown import CoolDowns as SharedCoolDowns
from jisi.llm.errors import LLMError
from jisi.llm.limits import EndpointLimits
from jisi.llm.spec import ModelSpec

FAILURES_IN_A_ROW = 5
"""So many questions without an answer, after all attempts and with nothing answered between them, and a model is not
asked again in this run: its endpoint is down."""
_LONGEST_NAP_SECONDS = 5.0
"""Before looking again whether a cool-down is over: another process may have found that it is."""


class GivenUpError(PermanentError):
    """A model is not asked again in this run."""

    def __init__(self, model: str, cause: str, message: str) -> None:
        super().__init__(message)
        self.model = model
        self.cause = cause
        """Code of the error for which it was given up."""


class Turns:
    """Says when a call may begin, and hears how it ended."""

    def __init__(self, slots: Slots, cool_downs: CoolDowns) -> None:
        self._slots = slots
        self._cool_downs = cool_downs
        self._given_up: dict[str, GivenUpError] = {}
        self._unanswered: Counter[str] = Counter()

    @property
    def given_up(self) -> dict[str, GivenUpError]:
        """Models that are not asked again in this run, and why."""
        return dict(self._given_up)

    async def begin(self, spec: ModelSpec) -> None:
        """Wait until a call may begin; `end` must follow.

        Raises:
            GivenUpError: it is not asked again.
        """
        while True:
            await self._cooled_down(spec)
            await self._slots.acquire(spec)
            if spec.name not in self._given_up and self._cool_downs.cooling(spec.name) is None:
                return
            self._slots.release(spec)  # it failed another call meanwhile

    def end(self, spec: ModelSpec) -> None:
        """Give the slot back."""
        self._slots.release(spec)

    async def succeeded(self, spec: ModelSpec) -> None:
        """Note an answer."""
        self._unanswered.pop(spec.name, None)
        await self._cool_downs.succeeded(spec)

    async def failed(self, spec: ModelSpec, error: LLMError) -> None:
        """Note a call without an answer; one that waiting does not mend gives the model up."""
        await self._cool_downs.failed(spec, error)
        if not error.transient and error.default_cool_down_seconds is not None:
            self.give_up(spec, error)

    def unanswered(self, spec: ModelSpec, error: LLMError) -> None:
        """Note a question that has no answer after all attempts."""
        if not error.transient:
            return  # it is the question's fault, or the model is given up already
        self._unanswered[spec.name] += 1
        if self._unanswered[spec.name] >= FAILURES_IN_A_ROW:
            self.give_up(spec, error)

    def give_up(self, spec: ModelSpec, error: LLMError) -> None:
        """Do not ask a model again in this run; the first reason stays."""
        self._given_up.setdefault(spec.name, GivenUpError(spec.name, error.code, str(error)))

    async def _cooled_down(self, spec: ModelSpec) -> None:
        while True:
            if spec.name in self._given_up:
                raise self._given_up[spec.name]
            cooling = self._cool_downs.cooling(spec.name)
            if cooling is None:
                return
            await asyncio.sleep(min(cooling[0], _LONGEST_NAP_SECONDS))


def own_turns(*, concurrency: int) -> Turns:
    """Keep limits and cool-downs within this process."""
    return Turns(OwnSlots(concurrency=concurrency), OwnCoolDowns())


@asynccontextmanager
async def shared_turns(
    engine: AsyncEngine, *, address: str, replica: str, models: Sequence[ModelSpec], concurrency: int
) -> AsyncIterator[Turns]:
    """Share limits and cool-downs with the services on this database, for as long as the block runs."""
    notifications = Notifications(address)
    cool_downs = SharedCoolDowns(engine, notifications=notifications)
    limits = EndpointLimits(
        engine, replica=replica, models=lambda: models, max_calls_in_flight=concurrency, notifications=notifications
    )
    slots = SharedSlots(limits)
    loops = (notifications.run, cool_downs.run, limits.run, slots.run)
    running = [asyncio.create_task(loop()) for loop in loops]
    for task in running:
        task.add_done_callback(lambda ended: _tell_breakage(ended, slots))
    try:
        yield Turns(slots, cool_downs)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await limits.close()


def _tell_breakage(ended: asyncio.Task[None], slots: SharedSlots) -> None:
    """Pass a bug in a loop on to whoever waits for it."""
    error = None if ended.cancelled() else ended.exception()
    if error is not None:
        slots.fail(error)
