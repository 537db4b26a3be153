"""How many tokens a text has, without a tokenizer: used where an endpoint does not tell, and to fit prompts."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_PIECE = re.compile(r"[a-zA-Z]+|\d{1,3}|[^\S\n]+(?=\S)|\s+|[^\w\s]+|\w")
_MESSAGE_TOKENS = 4
"""What a chat template puts around a message."""


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of a text as a GPT-like tokenizer would count them."""
    tokens = 0.0
    for piece in _PIECE.findall(text):
        tokens += max(1.0, len(piece) / 5)
    return int(tokens)


def estimate_message_tokens(messages: Iterable[Mapping[str, Any]]) -> int:
    """Estimate the tokens of a chat, with what a chat template adds to each message."""
    total = 3
    for message in messages:
        content = message.get("content")
        total += _MESSAGE_TOKENS
        if isinstance(content, str):
            total += estimate_tokens(content)
        elif isinstance(content, list):
            total += sum(estimate_tokens(str(part.get("text", ""))) for part in content if isinstance(part, Mapping))
    return total
