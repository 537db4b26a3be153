"""One call: what is asked of whom, how two are known to be the same, and what it can cost."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jisi.collecting.entries import Place
from jisi.ledger.calls import CallPolicy
from jisi.llm.aggregation import expert_headers
from jisi.llm.prices import worst_cost
from jisi.llm.request import Message, chat_messages
from jisi.llm.spec import ModelSpec
from jisi.llm.tokens import estimate_message_tokens, most_tokens

_WHO = frozenset({"model", "system_prompt", "sampling", "extra_body"})
"""What of a model's entry in the pool file its answers depend on. Not its address: that says where a model is served,
not which it is, and a server of one's own has another port after each start."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What is asked of whom."""

    place: Place
    spec: ModelSpec
    messages: Sequence[Message]
    max_tokens: int
    temperature: float | None = None
    """None: the model's own."""
    made_of: object = None
    """What the answer depends on, where the messages hold what is new each time; None: the messages."""
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """What is the same for equal calls, in whatever run."""
        asked = {
            "place": list(self.place),
            "who": who(self.spec),
            "messages": list(self.messages) if self.made_of is None else self.made_of,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
        }
        return digest(asked)

    @cached_property
    def sent(self) -> Sequence[Message]:
        """The messages as the model gets them."""
        return chat_messages(self.spec, self.messages)

    @property
    def prompt_tokens(self) -> int:
        """What its prompt counts, by our estimate."""
        return estimate_message_tokens(self.sent)

    @property
    def worst_cost(self) -> float:
        """USD that it can cost at most: with a prompt of as many tokens as bytes, and the longest completion."""
        return worst_cost(self.spec, estimate_message_tokens(self.sent, count=most_tokens), self.max_tokens)


def call_to_model(place: Place, spec: ModelSpec, prompt: str, *, policy: CallPolicy) -> Call:
    """Ask a model a question as it stands, as the services do."""
    messages: Sequence[Message] = [{"role": "user", "content": prompt}]
    return Call(
        place=place,
        spec=spec,
        messages=messages,
        max_tokens=longest_completion(spec, messages, policy=policy),
        headers=expert_headers(query_id=place.question),
    )


def longest_completion(spec: ModelSpec, messages: Sequence[Message], *, policy: CallPolicy) -> int:
    """Give the longest completion to ask for: the model's own limit, and what its context leaves beside the prompt."""
    longest = min(policy.max_tokens, spec.limits.max_tokens or policy.max_tokens)
    if spec.limits.context_tokens is None:
        return longest
    prompt = policy.most_prompt_tokens(estimate_message_tokens(chat_messages(spec, messages)))
    return max(1, min(longest, spec.limits.context_tokens - prompt))


def who(spec: ModelSpec) -> Mapping[str, Any]:
    """Give what of a model its answers depend on."""
    return spec.model_dump(mode="json", include=set(_WHO))


def digest(content: object) -> str:
    """Give what is equal for equal JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:32]
