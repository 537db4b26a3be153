"""One attempt of a paid call: what is reserved before it, what it brings and costs, and whether it is tried again."""

import asyncio
import math
import random
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.contracts.texts import is_publishable, storable
from jisi.database import driver_connection, is_database_outage
from jisi.ledger.chat_requests import chat_request
from jisi.ledger.envelope import Request, reserve
from jisi.ledger.outcomes import USELESS, Outcome, cause_of
from jisi.ledger.tasks import Task
from jisi.llm.client import LLMClient
from jisi.llm.completion import CallMeter, Completion
from jisi.llm.errors import DeadlineExceeded, LLMError
from jisi.llm.prices import affordable_tokens, cost_usd, worst_cost
from jisi.llm.request import chat_messages
from jisi.llm.spec import ModelSpec
from jisi.llm.tokens import estimate_message_tokens, estimate_tokens, most_tokens
from jisi.llm.usage import Usage
from jisi.telemetry.calls import ChatResult
from jisi.telemetry.metrics import Metrics
from jisi.telemetry.spans import Span
from jisi.telemetry.tracing import Tracing


class CoolDowns(Protocol):
    """Which endpoints are left alone for a while (jisi.llm.cooldown)."""

    def cooling(self, model: str) -> tuple[float, str] | None:
        """Seconds left and the error that caused it; None: it may be called."""
        ...

    async def failed(self, spec: ModelSpec, error: LLMError) -> None:
        """Note a failed call."""
        ...

    async def succeeded(self, spec: ModelSpec) -> None:
        """Note a call that went well."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPolicy:
    """When a call is tried again, and what it is worth."""

    max_attempts: int = 3
    backoff_seconds: float = 0.5
    """Before the second attempt; doubled before each further one, with jitter."""
    longest_wait_seconds: float = 10.0
    """An endpoint that cools down for longer is not waited for."""
    least_tokens: int = 64
    """The shortest completion worth buying when money is short."""
    max_tokens: int = 32_768
    """The longest completion asked for, unless the model's own limit is lower."""
    prompt_margin: float = 1.2
    """Tokenizers differ from our estimate by some percent; what is reserved must not be exceeded."""

    def most_prompt_tokens(self, estimated: int) -> int:
        """Give what a prompt will hardly exceed, whatever its model's tokenizer."""
        return math.ceil(self.prompt_margin * estimated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What to ask."""

    messages: Sequence[Mapping[str, Any]]
    temperature: float | None = None
    max_tokens: int | None = None
    """Longest completion wanted; None: the policy's."""
    headers: Mapping[str, str] = field(default_factory=dict)
    links: Sequence[str] = ()
    """Trace contexts of the responses that a fusion is made of."""


class Caller:
    """Makes attempts; it never raises for what an endpoint does."""

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        client: LLMClient,
        cool_downs: CoolDowns,
        tracing: Tracing,
        metrics: Metrics,
        policy: CallPolicy,
        random: random.Random,
    ) -> None:
        self._engine = engine
        self._client = client
        self._cool_downs = cool_downs
        self._tracing = tracing
        self._metrics = metrics
        self._policy = policy
        self._random = random

    async def attempt(self, task: Task, spec: ModelSpec | None, prompt: Prompt, useless: asyncio.Event) -> Outcome:
        """Make one attempt of a task."""
        outcome = await self._attempt(task, spec, prompt, useless)
        if not outcome.called and outcome.retry_after_seconds is None:
            self._metrics.calls_not_made.labels(task.model, task.kind, outcome.code).inc()
        return outcome

    async def _attempt(self, task: Task, spec: ModelSpec | None, prompt: Prompt, useless: asyncio.Event) -> Outcome:
        if useless.is_set():
            return Outcome(task=task, status="cancelled", code=task.useless or USELESS, called=False)
        if spec is None:
            return _not_called(task, "not_in_pool")
        seconds_left = (task.closes_at - datetime.now(UTC)).total_seconds()
        if seconds_left <= 0:
            return _not_called(task, DeadlineExceeded.code)
        cooling = self._cool_downs.cooling(spec.name)
        if cooling is not None:
            return self._wait_or_fail(task, *cooling, seconds_left)
        longest = min(prompt.max_tokens or self._policy.max_tokens, spec.limits.max_tokens or self._policy.max_tokens)
        prompt_tokens = self._prompt_tokens(task, spec, prompt, longest)
        max_tokens = longest
        if spec.limits.context_tokens is not None:
            max_tokens = max(1, min(longest, spec.limits.context_tokens - prompt_tokens))
        if task.limited:
            affordable = await self._reserve(task, spec, prompt_tokens, max_tokens)
            if affordable is None:
                return _not_called(task, "budget")
            max_tokens = min(max_tokens, affordable)
        return await self._call(task, spec, prompt, max_tokens, seconds_left=seconds_left, useless=useless)

    async def _call(
        self,
        task: Task,
        spec: ModelSpec,
        prompt: Prompt,
        max_tokens: int,
        *,
        seconds_left: float,
        useless: asyncio.Event,
    ) -> Outcome:
        meter = CallMeter()
        request = chat_request(task, spec, prompt.messages, temperature=prompt.temperature, max_tokens=max_tokens)
        span = self._tracing.chat(
            request, task.traceparent, attempt=task.attempts, call=str(task.id), links=prompt.links
        )
        started = time.monotonic()
        self._metrics.of_calls(spec.name, task.kind).in_flight.inc()
        completion: Completion | None = None
        error: LLMError | None = None
        stopped: str | None = None
        try:
            completion = await self._client.complete(
                spec,
                prompt.messages,
                max_tokens=max_tokens,
                timeout_seconds=seconds_left,
                temperature=prompt.temperature,
                headers=prompt.headers,
                meter=meter,
            )
        except asyncio.CancelledError as cancelled:
            stopped = cause_of(cancelled)
            if not useless.is_set():
                self._ended(task, spec, span, meter.usage(), started, code="cancelled")
                raise
        except LLMError as failure:
            error = failure
        usage = meter.usage()
        code = stopped if error is None else error.code
        self._ended(task, spec, span, usage, started, code=code, completion=completion)
        outcome = Outcome(
            task=task,
            status="failed" if stopped is None else "cancelled",
            code=code,
            usage=usage,
            cost=cost_usd(spec, usage),
            seconds=time.monotonic() - started,
        )
        if completion is not None:
            await self._tell(spec, None)
            return _completed(outcome, completion)
        if error is not None:
            await self._tell(spec, error)
            return replace(outcome, retry_after_seconds=self._retry_after(task, error))
        return outcome

    async def _tell(self, spec: ModelSpec, error: LLMError | None) -> None:
        """Tell the other replicas how the endpoint is doing; an outage of the database must not cost the outcome."""
        try:
            if error is None:
                await self._cool_downs.succeeded(spec)
            else:
                await self._cool_downs.failed(spec, error)
        except asyncio.CancelledError:
            return  # the call is over and paid: its outcome is entered, whatever has become of the query
        except Exception as failure:
            if not is_database_outage(failure):
                raise

    async def _reserve(self, task: Task, spec: ModelSpec, prompt_tokens: int, max_tokens: int) -> int | None:
        """Reserve the call and its money; gives the completion tokens that are paid for, or None."""
        least = min(self._policy.least_tokens, max_tokens)
        request = Request(
            task_id=task.id,
            query_uid=task.query_uid,
            worst_cost=worst_cost(spec, prompt_tokens, max_tokens),
            least_cost=worst_cost(spec, prompt_tokens, least),
        )
        async with driver_connection(self._engine) as connection:
            granted = await reserve(connection, request)
        return None if granted is None else max(least, affordable_tokens(spec, prompt_tokens, granted))

    def _prompt_tokens(self, task: Task, spec: ModelSpec, prompt: Prompt, longest: int) -> int:
        """Say what the prompt may count at most; a bound at no cost will do where neither money nor room is short."""
        messages = chat_messages(spec, prompt.messages)
        bound = self._policy.most_prompt_tokens(estimate_message_tokens(messages, count=most_tokens))
        if not task.limited and longest + bound <= (spec.limits.context_tokens or sys.maxsize):
            return bound
        return self._policy.most_prompt_tokens(estimate_message_tokens(messages))

    def _wait_or_fail(self, task: Task, seconds: float, cause: str, seconds_left: float) -> Outcome:
        """Wait for an endpoint that cools down, unless that takes too long or it will not help."""
        if cause in _HOPELESS or seconds > min(self._policy.longest_wait_seconds, seconds_left):
            return _not_called(task, cause)
        jitter = 0.2 * self._random.random()
        return replace(_not_called(task, cause), retry_after_seconds=seconds + jitter, counts_as_attempt=False)

    def _retry_after(self, task: Task, error: LLMError) -> float | None:
        """Seconds until the next attempt; None if there is none."""
        if not error.transient or task.attempts >= self._policy.max_attempts:
            return None
        backoff = self._policy.backoff_seconds * 2 ** (task.attempts - 1) * (0.5 + self._random.random())
        seconds = max(backoff, error.retry_after_seconds or 0.0)
        left = (task.closes_at - datetime.now(UTC)).total_seconds()
        return seconds if seconds < left else None

    def _ended(
        self,
        task: Task,
        spec: ModelSpec,
        span: Span,
        usage: Usage,
        started: float,
        *,
        code: str | None,
        completion: Completion | None = None,
    ) -> None:
        cost = cost_usd(spec, usage)
        result = ChatResult(
            model=completion.response_model if completion else None,
            response_id=completion.response_id if completion else None,
            finish_reason=completion.finish_reason if completion else None,
            input_tokens=usage.prompt_tokens,
            output_tokens=usage.completion_tokens,
            reasoning_tokens=usage.reasoning_tokens,
            seconds_to_first_chunk=completion.first_chunk_seconds if completion else None,
            cost_usd=cost,
            text=completion.text if completion else None,
        )
        self._tracing.end_chat(span, result, code)
        measured = self._metrics.of_calls(spec.name, task.kind)
        measured.in_flight.dec()
        measured.seconds.observe(time.monotonic() - started)
        measured.input_tokens.inc(usage.prompt_tokens)
        measured.output_tokens.inc(usage.completion_tokens)
        measured.cost_usd.inc(cost)
        self._metrics.calls.labels(spec.name, task.kind, code or "ok").inc()


_HOPELESS = frozenset({"key_refused", "key_missing", "out_of_credit", "model_not_found"})
"""Causes of a cool-down that waiting does not mend."""


def _not_called(task: Task, code: str) -> Outcome:
    return Outcome(task=task, status="failed", code=code, called=False)


def _completed(outcome: Outcome, completion: Completion) -> Outcome:
    visible = completion.usage.completion_tokens - (completion.usage.reasoning_tokens or 0)
    if completion.reasoning and completion.usage.reasoning_tokens is None:
        visible = estimate_tokens(completion.text)
    text = storable(completion.text)
    code = "empty" if not completion.usable else None if is_publishable(text) else "too_long"
    return replace(
        outcome,
        status="ok",
        code=code,
        first_chunk_seconds=completion.first_chunk_seconds,
        text="" if code == "too_long" else text,
        usable=code is None,
        cut_off=completion.cut_off,
        reference_tokens=max(0, visible),
    )
