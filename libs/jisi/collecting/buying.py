"""Buying answers: what the journal has is not asked again, what it lacks is asked within limits and budget."""

import asyncio
import random
import time
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from jisi.collecting.calls import Call
from jisi.collecting.entries import Begun, Ended
from jisi.collecting.history import Answer
from jisi.collecting.journal import Journal
from jisi.collecting.turns import Turns
from jisi.contracts.texts import storable
from jisi.errors import PermanentError
from jisi.ledger.calls import CallPolicy
from jisi.llm.budget import Budget
from jisi.llm.client import LLMClient
from jisi.llm.completion import CallMeter, Completion
from jisi.llm.errors import LLMError
from jisi.llm.prices import cost_usd

CONTENT_FILTER = "content_filter"
_CANCELLED = "cancelled"
"""Code of a call that the end of the run cut short."""


class CallFailedError(PermanentError):
    """A call brought no answer, after all attempts."""

    def __init__(self, cause: str, message: str) -> None:
        super().__init__(message)
        self.cause = cause
        """Code of the last error."""


class Buyer:
    """Answers calls. Each attempt is on the disk before it is made, and its end before anything counts on it."""

    def __init__(
        self, *, client: LLMClient, journal: Journal, budget: Budget, turns: Turns, policy: CallPolicy
    ) -> None:
        self._client = client
        self._journal = journal
        self._budget = budget
        self._turns = turns
        self._policy = policy
        self._random = random.Random()  # noqa: S311 - jitter
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._next_number = journal.history.next_number

    async def buy(self, call: Call) -> Answer:
        """Give the answer to a call; whoever asks the same meanwhile waits for it.

        Raises:
            CallFailedError: no attempt brought one; it is asked again in the next run.
            GivenUpError: its model is not asked again in this run.
            BudgetEndedError: it could pass a bound.
            JournalError: the disk is full.
        """
        lock = self._locks.setdefault(call.key, asyncio.Lock())
        async with lock:
            return self._journal.history.answers.get(call.key) or await self._bought(call)

    async def _bought(self, call: Call) -> Answer:
        attempts = 0
        while True:
            ended = await self._attempt(call)
            attempts += 1
            if ended is None:
                await self._turns.succeeded(call.spec)
                return self._journal.history.answers[call.key]
            if isinstance(ended, CallFailedError):
                await self._turns.succeeded(call.spec)  # the endpoint did answer
                raise ended
            await self._turns.failed(call.spec, ended)
            if not ended.transient or attempts >= self._policy.max_attempts:
                self._turns.unanswered(call.spec, ended)
                raise CallFailedError(ended.code, str(ended)) from ended
            # A Retry-After is waited for by whoever asks this model next, as a cool-down.
            await asyncio.sleep(self._policy.backoff_seconds * 2 ** (attempts - 1) * (0.5 + self._random.random()))

    async def _attempt(self, call: Call) -> LLMError | CallFailedError | None:
        """Make one attempt; None: it was answered."""
        most = call.worst_cost
        self._budget.check(most)
        await self._turns.begin(call.spec)
        try:
            await self._budget.reserve(most)
            cost = 0.0
            try:
                ended, failure = await self._call(call, most)
                cost = ended.cost
                await self._journal.append(ended)
            finally:
                self._budget.settle(most, cost)
        finally:
            self._turns.end(call.spec)
        return failure

    async def _call(self, call: Call, most: float) -> tuple[Ended, LLMError | CallFailedError | None]:
        number, self._next_number = self._next_number, self._next_number + 1
        meter, began = CallMeter(), time.monotonic()
        spec = call.spec
        try:
            await self._journal.append(
                Begun(
                    number=number,
                    key=call.key,
                    place=call.place,
                    asked=spec.name,
                    reserved=most,
                    at=datetime.now(UTC).isoformat(timespec="seconds"),
                )
            )
            completion = await self._client.complete(
                spec,
                call.messages,
                max_tokens=call.max_tokens,
                timeout_seconds=spec.timeouts.total_seconds,
                temperature=call.temperature,
                headers=call.headers,
                meter=meter,
            )
        except asyncio.CancelledError:
            self._journal.add(self._ended(number, call, meter, began, code=_CANCELLED))
            raise
        except LLMError as error:
            return self._ended(number, call, meter, began, code=error.code, message=str(error)), error
        if completion.finish_reason == CONTENT_FILTER:
            said = f"{spec.name} declined by its content filter."
            ended = self._ended(number, call, meter, began, code=CONTENT_FILTER, message=said, completion=completion)
            return ended, CallFailedError(CONTENT_FILTER, said)
        return self._ended(number, call, meter, began, completion=completion), None

    def _ended(
        self,
        number: int,
        call: Call,
        meter: CallMeter,
        began: float,
        *,
        code: str | None = None,
        message: str = "",
        completion: Completion | None = None,
    ) -> Ended:
        usage = meter.usage()
        return Ended(
            number=number,
            code=code,
            message=storable(message),
            text=storable(meter.text) if completion is not None else "",
            reasoning=storable(meter.reasoning) if completion is not None else "",
            finish_reason=completion.finish_reason if completion is not None else None,
            usage=usage,
            cost=cost_usd(call.spec, usage),
            seconds=round(time.monotonic() - began, 3),
        )
