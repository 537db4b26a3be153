"""What is asked of a model, and how two questions are known to be the same."""

import hashlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from jisi.contracts.texts import visible_text
from jisi.evaluation.live.items import Item
from jisi.ledger.calls import CallPolicy
from jisi.llm.aggregation import Reference, aggregation_headers, build_messages, expert_headers
from jisi.llm.request import Message, chat_messages
from jisi.llm.spec import ModelSpec
from jisi.llm.tokens import estimate_message_tokens, estimate_tokens, most_tokens

Json = Mapping[str, object] | list[Message]

TEMPERATURE = 0.7
"""Of a fusion, in place of the model's own (ALGORITHM.md 5)."""
INPUT_TOKENS = 90_000
"""Longest prompt of a fusion (ALGORITHM.md 5)."""
_WHO = frozenset({"name", "model", "system_prompt", "sampling", "extra_body"})
"""What of a model's entry in the pool file its answers depend on. Not its address, as in `jisi.collecting.calls`: a
server of one's own has another port after each start."""
_BOUNDARY = re.compile(r"\b[0-9a-f]{16}\b")
"""The word between quoted responses, new in each prompt (`jisi.llm.quoting`); its first place is in our own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One call."""

    spec: ModelSpec
    messages: Sequence[Message]
    made_of: Json
    """What the messages are made of, in all that could change the answer."""
    max_tokens: int
    sample: int = 0
    """Which of several answers to the same question."""
    temperature: float | None = None
    """None: the model's own."""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What is the same for equal questions, in whatever run: whom is asked what, how, and for which sample."""
        asked = {
            "who": self.spec.model_dump(mode="json", include=set(_WHO)),
            "what": self.made_of,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "sample": self.sample,
        }
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    @property
    def most_prompt_tokens(self) -> int:
        """What its prompt cannot exceed, whatever the tokenizer: a token is a byte at least."""
        return estimate_message_tokens(chat_messages(self.spec, self.messages), count=most_tokens)


def question_to_expert(item: Item, spec: ModelSpec, *, sample: int, policy: CallPolicy) -> Question:
    """Ask a model what the row asks, for one of several samples."""
    longest = min(policy.max_tokens, spec.limits.max_tokens or policy.max_tokens)
    if spec.limits.context_tokens is not None:
        prompt = policy.most_prompt_tokens(estimate_message_tokens(chat_messages(spec, item.messages)))
        longest = max(1, min(longest, spec.limits.context_tokens - prompt))
    headers = expert_headers(query_id=item.name)
    return Question(
        spec=spec,
        messages=item.messages,
        made_of=list(item.messages),
        max_tokens=longest,
        sample=sample,
        headers=headers,
    )


def question_to_aggregator(
    item: Item, spec: ModelSpec, responses: Sequence[tuple[str, str]], *, policy: CallPolicy
) -> Question:
    """Ask a model to fuse responses, (model, text) best first, within its context as the aggregator service does."""
    longest = min(policy.max_tokens, spec.limits.max_tokens or policy.max_tokens)
    room = INPUT_TOKENS
    if spec.limits.context_tokens is not None:
        longest = min(longest, max(1, spec.limits.context_tokens // 2))
        room = min(room, max(1, spec.limits.context_tokens - longest))
    references = [
        Reference(model=model, text=text, tokens=estimate_tokens(visible_text(text)), prior_score=0.0)
        for model, text in responses
    ]
    prompt = build_messages(item.messages, references, style="normal", input_tokens=room)
    return Question(
        spec=spec,
        messages=prompt.messages,
        made_of={"responses": [list(one) for one in responses], "room": room, "around": _frame(item, references)},
        max_tokens=longest,
        temperature=TEMPERATURE,
        headers=aggregation_headers(responses[0][0], query_id=item.name),
    )


def _frame(item: Item, references: Sequence[Reference]) -> str:
    """Write the aggregation prompt without the responses, and without the word between them, which is always new."""
    empty = [replace(reference, text="") for reference in references]
    frame = build_messages(item.messages, empty, style="normal", input_tokens=sys.maxsize)
    text = json.dumps(frame.messages)
    boundary = _BOUNDARY.search(text)
    assert boundary is not None, "the prompt names the boundary"
    return text.replace(boundary[0], "")
