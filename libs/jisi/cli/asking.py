"""Asking one question and following it until its answer is there."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing, suppress
from uuid import uuid4

from jisi.cli.addresses import KafkaAddress
from jisi.client import JisiClient
from jisi.contracts.answer import AnswerV1
from jisi.contracts.progress import ProgressV1
from jisi.contracts.query import QueryV1

PATIENCE_SECONDS = 30.0
"""Waited beyond the deadline: the answer is due a second after it, later only while Kafka or Postgres is down."""

_LAST_STEPS_SECONDS = 0.3
"""The answer and the steps that lead to it come on different topics: the latter are waited for this long, for show."""


async def ask_one(query: QueryV1, address: KafkaAddress, *, on_step: Callable[[ProgressV1], None]) -> AnswerV1:
    """Ask, call `on_step` with every step of this query, and give its answer.

    Raises:
        NoAnswerError: none came by its deadline and half a minute more.
    """
    named = query if query.query_id else query.model_copy(update={"query_id": str(uuid4())})
    async with address.client() as jisi:
        following = asyncio.create_task(_follow(jisi, named, on_step))
        try:
            answer = await jisi.ask(named, timeout_seconds=patience_seconds(named))
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(following), _LAST_STEPS_SECONDS)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
    return answer


def patience_seconds(query: QueryV1) -> float:
    """How long an answer to the query is waited for."""
    return query.deadline_ms / 1000 + PATIENCE_SECONDS


async def _follow(jisi: JisiClient, query: QueryV1, on_step: Callable[[ProgressV1], None]) -> None:
    """Show the steps, until the decision and the answer are both told: of a routed query they come in any order."""
    left = {"decided", "answered"}
    async with aclosing(jisi.progress()) as steps:
        async for step in steps:
            if (step.query_id, step.tenant) == (query.query_id, query.tenant):
                on_step(step)
                left.discard(step.stage)
                if not left:
                    return
