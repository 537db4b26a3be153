"""What a call brought, and the meter that knows its tokens even when it was cut short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jisi.contracts.texts import is_usable
from jisi.llm.tokens import estimate_message_tokens, estimate_tokens
from jisi.llm.usage import NO_USAGE, Usage

_CUT_OFF = frozenset({"length", "max_tokens", "model_length", "content_filter"})
"""Finish reasons of a response that is not whole; a content filter stops in mid-sentence or declines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A whole response of a model."""

    text: str
    """As the endpoint sent it; `<think>` blocks are still in it."""
    reasoning: str
    """What the endpoint sent apart as reasoning."""
    finish_reason: str | None
    usage: Usage
    response_id: str | None
    response_model: str | None
    """What the endpoint says has answered."""
    first_chunk_seconds: float
    """From sending the request to the first event."""
    seconds: float

    @property
    def cut_off(self) -> bool:
        """Whether it ends before its end: usable for embedding, an answer only when nothing whole is there."""
        return self.finish_reason in _CUT_OFF

    @property
    def usable(self) -> bool:
        """Whether anything is left once its reasoning is taken away (ALGORITHM.md 0)."""
        return is_usable(self.text)


class CallMeter:
    """Counts what one call costs while it runs, so that a cancelled or failed one can be billed too.

    Make one for each call, pass it to `LLMClient.complete`, and ask it afterwards, however the call ended. It costs
    next to nothing until it is asked.
    """

    def __init__(self) -> None:
        self._messages: Sequence[Mapping[str, Any]] = ()
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._told: Usage | None = None
        self._finished = False

    @property
    def text(self) -> str:
        """What has been said so far."""
        return "".join(self._text)

    @property
    def reasoning(self) -> str:
        """What has been thought aloud so far."""
        return "".join(self._reasoning)

    def usage(self) -> Usage:
        """Return the tokens so far: the endpoint's own numbers, else an estimate marked `counted`.

        A call that was never sent or was refused used nothing.
        """
        if self._told is not None and self._finished:
            return self._told
        if not self._messages:
            return NO_USAGE
        reasoning = estimate_tokens(self.reasoning)
        completion = estimate_tokens(self.text) + reasoning
        if self._told is None:
            return Usage(
                prompt_tokens=estimate_message_tokens(self._messages),
                completion_tokens=completion,
                reasoning_tokens=reasoning or None,
                counted=True,
            )
        if self._told.completion_tokens >= completion:
            return self._told
        # Cut short after an early count: what came since was billed too.
        return Usage(
            prompt_tokens=self._told.prompt_tokens,
            completion_tokens=completion,
            reasoning_tokens=self._told.reasoning_tokens,
            counted=True,
        )

    def sent(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Note that the request is on its way: from here on the endpoint may bill its prompt."""
        self._messages = messages

    def refused(self) -> None:
        """Note that the endpoint did not take the request."""
        self._messages = ()
        self._told = None

    def said(self, text: str) -> None:
        """Note a piece of the response."""
        self._text.append(text)

    def thought(self, text: str) -> None:
        """Note a piece of reasoning."""
        self._reasoning.append(text)

    def told(self, usage: Usage) -> None:
        """Note the endpoint's own count."""
        self._told = usage

    def finished(self) -> None:
        """Note that the response is whole, so that the endpoint's count is the last word."""
        self._finished = True
