"""Tokens of simulated text: pieces of words and single signs, counted the same for billing and for streaming."""

import re

_PIECE = re.compile(r"\s*(?:\w{1,6}|[^\w\s])")
_TRAILING = re.compile(r"\s+$")


def pieces(text: str) -> list[str]:
    """Cut a text into tokens that join to the text again."""
    found = _PIECE.findall(text)
    trailing = _TRAILING.search(text)
    if trailing and found:
        found[-1] += trailing[0]
    return found


def count_tokens(text: str) -> int:
    """Return the number of tokens of a text, as the simulated models bill them."""
    return len(_PIECE.findall(text))
