"""How many tokens a text has, without a tokenizer: used where an endpoint does not tell, and to fit prompts.

The vocabularies of tokenizers are downloads of megabytes and differ from model to model by more than this estimate
errs. It cuts a text into the runs a GPT-like tokenizer cuts it into (words, groups of three digits, punctuation, white
space) and weighs their numbers. The weights are a least-squares fit to 10,000 recorded responses with their cl100k
counts, of mathematics, code, essays and puzzles; on as many others the mean error is 4%, the mean bias below 1%
(tests/integration/llm/test_tokens.py). Scripts that those hardly contain have weights from general knowledge.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SPACE, _BREAK, _LOWER, _UPPER, _DIGIT, _OTHER, _SIGN = range(7)

_WORD, _LETTER, _LATE_LETTER, _CAPITALS = 0.876, 0.029, 0.5, 0.111
_LATE = 13
"""Of the letters of a word beyond this many, every other one costs a token: it is in no vocabulary as a whole."""
_NUMBER, _NUMBER_SPACE = 0.99, 1.022
_SIGNS, _FURTHER_SIGN, _REPEATED_SIGN, _SIGN_BEFORE_WORD = 0.979, 0.349, 0.065, -0.267
_LINE_BREAKS, _INDENTATION, _WIDE_SPACE = 0.619, 0.474, 0.835
_MESSAGE_TOKENS = 4
"""What a chat template puts around a message."""
_CHAT_TOKENS = 3


def _classes() -> NDArray[np.uint8]:
    table = np.full(256, _OTHER, np.uint8)
    for code in range(128):
        sign = chr(code)
        if sign in "\n\r":
            table[code] = _BREAK
        elif sign.isspace() or not sign.isprintable():
            table[code] = _SPACE
        elif sign.isalpha():
            table[code] = _LOWER if sign.islower() else _UPPER
        else:
            table[code] = _DIGIT if sign.isdigit() else _SIGN
    return table


def _byte_weights() -> NDArray[np.float64]:
    """Weigh each byte by itself: letters a little, and the first byte of a sign of another script for the sign."""
    weights = np.zeros(256)
    weights[[code for code in range(128) if chr(code).isalpha()]] = _LETTER
    for first, last, weight in (
        (0xC2, 0xC9, 0.803),  # Latin with accents
        (0xCA, 0xDF, 0.8),  # Greek, Cyrillic, Hebrew, Arabic
        (0xE0, 0xE1, 1.8),  # scripts of South and South-East Asia
        (0xE2, 0xE2, 1.907),  # typographic and mathematical signs
        (0xE3, 0xE9, 1.121),  # Chinese and Japanese
        (0xEA, 0xED, 1.459),  # Korean
        (0xEE, 0xEF, 1.322),  # full-width forms
        (0xF0, 0xF4, 3.324),  # emoji
    ):
        weights[first : last + 1] = weight
    return weights


_CLASSES = _classes()
_BYTE_WEIGHTS = _byte_weights()


_REMEMBERED_CHARACTERS = 2_000
"""Up to this length a text's estimate is remembered: a query is counted once for each model it is put to."""


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of a text as cl100k would count them; 0 for an empty one, else at least 1."""
    return _remembered(text) if len(text) <= _REMEMBERED_CHARACTERS else _estimated(text)


def most_tokens(text: str) -> int:
    """Return at no cost what the tokens of a text cannot exceed: each is a byte at least."""
    return len(text) if text.isascii() else 4 * len(text)


def _estimated(text: str) -> int:
    if not text:
        return 0
    raw = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    classes = _CLASSES[raw]
    starts = np.concatenate(([0], np.flatnonzero(classes[1:] != classes[:-1]) + 1))
    lengths = np.diff(starts, append=len(raw))
    kinds = classes[starts]
    before = np.concatenate(([_BREAK], kinds[:-1]))
    after = np.concatenate((kinds[1:], [_BREAK]))

    upper, sign, space = kinds == _UPPER, kinds == _SIGN, kinds == _SPACE
    letters = upper | (kinds == _LOWER)
    digits = kinds == _DIGIT
    words = _sum(letters) - _sum(upper & (after == _LOWER) & (lengths == 1))  # a capital belongs to its word
    late = int(np.maximum(lengths[letters] - _LATE, 0).sum())
    signs = _sum(sign)
    repeated = _sum((raw[1:] == raw[:-1]) & (classes[1:] == _SIGN))
    further = int(lengths[sign].sum()) - signs - repeated
    lone_before_word = sign & (lengths == 1) & ((after == _LOWER) | (after == _UPPER))
    indented = space & (before == _BREAK)
    tokens = (
        float(_BYTE_WEIGHTS[raw].sum())
        + _WORD * words
        + (_LATE_LETTER - _LETTER) * late
        + _CAPITALS * _sum(upper)
        + _NUMBER * int(((lengths[digits] + 2) // 3).sum())
        + _NUMBER_SPACE * _sum(digits & (before == _SPACE))
        + _SIGNS * signs
        + _FURTHER_SIGN * further
        + _REPEATED_SIGN * repeated
        + _SIGN_BEFORE_WORD * _sum(lone_before_word)
        + _LINE_BREAKS * _sum(kinds == _BREAK)
        + _INDENTATION * _sum(indented)
        + _WIDE_SPACE * _sum(space & (lengths > 1) & ~indented)
    )
    return max(1, round(tokens))


@lru_cache(maxsize=512)
def _remembered(text: str) -> int:
    return _estimated(text)


def estimate_message_tokens(
    messages: Iterable[Mapping[str, Any]], *, count: Callable[[str], int] = estimate_tokens
) -> int:
    """Estimate the tokens of a chat, with what a chat template adds to each message."""
    total = _CHAT_TOKENS
    for message in messages:
        content = message.get("content")
        total += _MESSAGE_TOKENS
        if isinstance(content, str):
            total += count(content)
        elif isinstance(content, list):
            total += sum(count(str(part.get("text", ""))) for part in content if isinstance(part, Mapping))
    return total


def _sum(flags: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(flags))
