"""Estimates of tokens; how near they come is measured on recorded counts (tests/integration/llm/test_tokens.py)."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.llm.tokens import estimate_message_tokens, estimate_tokens, most_tokens


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 0),
        ("a", 1, 1),
        ("The quick brown fox jumps over the lazy dog.", 9, 12),
        ("12345678", 3, 3),
        ("x = [1, 2, 3]\nprint(sum(x))", 14, 20),
        ("=" * 200, 1, 20),
        ("gnnag" * 1000, 1500, 3500),
        ("\U0001f642\U0001f642", 4, 8),
        ("\u4eca\u5929\u5929\u6c14\u5f88\u597d", 5, 9),
        ("\ud800", 1, 3),
    ],
)
def test_estimates(text: str, least: int, most: int) -> None:
    """Words, numbers, code, repetition and other scripts come near what a tokenizer counts."""
    assert least <= estimate_tokens(text) <= most


@given(st.text(max_size=200))
def test_bounds(text: str) -> None:
    """An estimate is never below one token for any text nor above one a byte or so."""
    tokens = estimate_tokens(text)

    assert tokens >= (1 if text else 0)
    assert tokens <= most_tokens(text) * 1.3 + 1


@given(st.text(max_size=200), st.text(max_size=200))
def test_nearly_additive(left: str, right: str) -> None:
    """Cutting a text in two hardly changes its tokens, which trimming relies on."""
    assert abs(estimate_tokens(left + right) - estimate_tokens(left) - estimate_tokens(right)) <= 4


def test_messages() -> None:
    """A chat is counted with what a template adds, texts in parts too."""
    parts = [{"type": "text", "text": "one two"}, {"type": "text", "text": "three"}]
    chat: list[Mapping[str, Any]] = [
        {"role": "user", "content": "one two"},
        {"role": "user", "content": parts},
        {"role": "user", "content": None},
    ]
    texts = 2 * estimate_tokens("one two") + estimate_tokens("three")

    assert texts < estimate_message_tokens(chat) <= texts + 20
    assert estimate_message_tokens(chat, count=lambda _: 0) == estimate_message_tokens(chat) - texts
