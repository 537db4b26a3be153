"""Asking a pool, as the services do, but for the record: what was answered once is never asked again."""

import asyncio
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass

from jisi.contracts.texts import is_usable
from jisi.evaluation.live.endpoints import CallFailedError, Endpoint
from jisi.evaluation.live.questions import Question
from jisi.evaluation.live.spending import Spending
from jisi.evaluation.live.store import CallStore, KeptAnswer
from jisi.ledger.calls import CallPolicy
from jisi.llm.client import LLMClient
from jisi.llm.completion import CallMeter
from jisi.llm.errors import LLMError
from jisi.llm.prices import cost_usd, worst_cost
from jisi.llm.spec import Pool
from jisi.llm.usage import Usage

POLICY = CallPolicy()
"""That of the services: attempts, backoff, longest completion."""
_CANCELLED = "cancelled"
"""Code of a call that the end of the run cut short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A model's answer to a question."""

    model: str
    text: str
    cut_off: bool
    """Whether it ends before its end."""
    usage: Usage
    cost: float
    """USD, at the prices of the pool file as it is now."""
    seconds: float
    """That the call took."""

    @property
    def usable(self) -> bool:
        """Whether anything is left once its reasoning is taken away (ALGORITHM.md 0)."""
        return is_usable(self.text)


class Asker:
    """Answers questions: from disk what was asked before, else by a call within the bounds."""

    def __init__(
        self, *, pool: Pool, client: LLMClient, store: CallStore, spending: Spending, policy: CallPolicy = POLICY
    ) -> None:
        self.spending = spending
        self.kept = 0
        """Questions that earlier runs had the answer to."""
        self.failures: Counter[str] = Counter()
        """Calls of this run that failed, by model and cause; those among them that a further attempt made good too."""
        self.policy = policy
        self._client = client
        self._store = store
        self._endpoints = {spec.name: Endpoint(spec) for spec in pool.eligible}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._ended: dict[str, Said | CallFailedError] = {}
        self._random = random.Random()  # noqa: S311 - jitter

    def hopeless(self, question: Question) -> CallFailedError | None:
        """Say why a question has no answer in this run, without asking; None: it may have one."""
        given_up = self._endpoints[question.spec.name].given_up
        return given_up if given_up is not None and self._store.answer(question.key) is None else None

    async def ask(self, question: Question) -> Said:
        """Give the answer; whoever asks the same meanwhile waits for it.

        Raises:
            CallFailedError: no attempt brought a response.
            BudgetEndedError: the call would pass a bound.
        """
        key = question.key
        async with self._locks[key]:
            if key not in self._ended:
                self._ended[key] = self._kept(question, key) or await self._bought(question, key)
            ended = self._ended[key]
        if isinstance(ended, CallFailedError):
            raise ended
        return ended

    def _kept(self, question: Question, key: str) -> Said | None:
        answer = self._store.answer(key)
        if answer is None:
            return None
        self.kept += 1
        return _said(question, answer)

    async def _bought(self, question: Question, key: str) -> Said | CallFailedError:
        endpoint = self._endpoints[question.spec.name]
        attempts = 0
        async with endpoint.slot:
            while True:
                try:
                    await endpoint.turn()
                except CallFailedError as left_alone:
                    return left_alone
                ended = await self._attempt(question, key)
                if isinstance(ended, KeptAnswer):
                    endpoint.succeeded()
                    return _said(question, ended)
                endpoint.failed(ended)
                self.failures[f"{question.spec.name}: {ended.code}"] += 1
                attempts += 1
                if not ended.transient or attempts == self.policy.max_attempts:
                    return CallFailedError(question.spec.name, ended.code, str(ended))
                backoff = self.policy.backoff_seconds * 2 ** (attempts - 1) * (0.5 + self._random.random())
                await asyncio.sleep(max(backoff, ended.retry_after_seconds or 0.0))

    async def _attempt(self, question: Question, key: str) -> KeptAnswer | LLMError:
        """Make one call; however it ends, it is on disk and paid for before this returns."""
        spec = question.spec
        most = worst_cost(spec, question.most_prompt_tokens, question.max_tokens)
        await self.spending.reserve(most)
        meter, began = CallMeter(), time.monotonic()
        code: str | None = _CANCELLED
        try:
            completion = await self._client.complete(
                spec,
                question.messages,
                max_tokens=question.max_tokens,
                timeout_seconds=spec.timeouts.total_seconds,
                meter=meter,
                temperature=question.temperature,
                headers=question.headers,
            )
            code = None
        except LLMError as error:
            code = error.code
            return error
        else:
            answer = KeptAnswer(
                text=completion.text,
                cut_off=completion.cut_off,
                usage=completion.usage,
                seconds=completion.seconds,
            )
            self._store.keep(key, spec.name, answer)
            return answer
        finally:
            usage = meter.usage()
            self.spending.settle(most, cost_usd(spec, usage))
            if code is not None:
                self._store.keep_failure(key, spec.name, code, usage=usage, seconds=time.monotonic() - began)


def _said(question: Question, answer: KeptAnswer) -> Said:
    return Said(
        model=question.spec.name,
        text=answer.text,
        cut_off=answer.cut_off,
        usage=answer.usage,
        cost=cost_usd(question.spec, answer.usage),
        seconds=answer.seconds,
    )
