"""Judges that are asked as models are: what they say is kept, and bounds and limits hold for them too."""

import json
import re
from collections.abc import Mapping, Sequence

from jisi.collecting.buying import Buyer, CallFailedError
from jisi.collecting.calls import Call
from jisi.collecting.entries import Place
from jisi.collecting.journal import Journal
from jisi.collecting.marking import MakeGrader
from jisi.grading.judging import Judge
from jisi.grading.protocol import Grader
from jisi.grading.registry import Tools, create_grader, needs_judge
from jisi.llm.client import LLMClient
from jisi.llm.completion import CallMeter, Completion
from jisi.llm.errors import ContextOverflow
from jisi.llm.request import Message
from jisi.llm.spec import ModelSpec

_BOUNDARY = re.compile(r"\b[0-9a-f]{16}\b")
"""The word around quoted texts, new in each prompt (`jisi.llm.quoting`); its first place is in our own words."""


class JudgeClient(LLMClient):
    """Answers a judge's calls about one response: from the journal, else bought."""

    def __init__(self, buyer: Buyer, journal: Journal, place: Place) -> None:
        super().__init__()
        self._buyer = buyer
        self._journal = journal
        self._place = place

    async def complete(
        self,
        spec: ModelSpec,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        timeout_seconds: float,  # noqa: ARG002 - the buyer gives each attempt what the pool file gives it
        meter: CallMeter,
        temperature: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Completion:
        """Ask the judge; the pool file's `timeouts` bound each attempt.

        Raises:
            ContextOverflow: the messages are too long for the judge.
            CallFailedError, GivenUpError, BudgetEndedError: as `Buyer.buy`.
        """
        call = Call(
            place=self._place,
            spec=spec,
            messages=messages,
            made_of=_without_boundary(messages),
            max_tokens=min(max_tokens, spec.limits.max_tokens or max_tokens),
            temperature=temperature,
            headers=headers or {},
        )
        try:
            answer = await self._buyer.buy(call)
        except CallFailedError as error:
            if isinstance(error.__cause__, ContextOverflow):
                raise error.__cause__ from None
            raise
        meter.sent(messages)
        meter.told(answer.usage)
        meter.finished()
        ended = self._journal.ended(answer.offset)
        return Completion(
            text=ended.text,
            reasoning=ended.reasoning,
            finish_reason=ended.finish_reason,
            usage=ended.usage,
            response_id=None,
            response_model=None,
            first_chunk_seconds=0.0,
            seconds=ended.seconds,
        )


def _without_boundary(messages: Sequence[Message]) -> str:
    """Write messages without the word that is new each time, so that equal questions are known to be equal."""
    text = json.dumps(list(messages))
    boundary = _BOUNDARY.search(text)
    return text if boundary is None else text.replace(boundary[0], "")


def grader_maker(tools: Tools, buyer: Buyer, journal: Journal, judge: ModelSpec | None) -> MakeGrader:
    """Give what makes a grader of one response, so that the calls to its judge are known to be about that one."""

    def make(name: str, place: Place) -> Grader:
        asked = Judge(JudgeClient(buyer, journal, place), judge) if judge is not None and needs_judge(name) else None
        return create_grader(name, judge=asked, tools=tools)

    return make
