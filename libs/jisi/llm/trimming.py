"""Makes references fit the aggregator's input, in exactly the order of ALGORITHM.md 5; never fails over length."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Count = Callable[[str], int]

_CLOSED_THINKING = re.compile(r"<think>.*?</think>\s*", re.DOTALL)
_THINKING_TAG = "<think>"
CUT_MARK = "[... the beginning is cut off ...]\n"
LEAST_TAIL_TOKENS = 100
"""A reference cut shorter than this says nothing any more: it is dropped instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """Texts that fit, and what it took."""

    texts: tuple[str, ...]
    """Of the first references, as many as are left."""
    thinking_removed: int = 0
    """References that lost their thinking, or the tag of an unclosed one."""
    cut: bool = False
    """The last one left has lost its beginning."""
    dropped: int = 0


def trim(texts: Sequence[str], *, tokens: int, count: Count) -> Trimmed:
    """Shorten texts until they have no more than so many tokens together.

    From the last to the first, closed thinking blocks go; then the tags of unclosed ones; then the last text is cut,
    keeping its tail, where a response's conclusion stands; then it is dropped, and so on with the one before.

    Args:
        texts: best first.
        tokens: what they may have together.
        count: tokens of a text.
    """
    left = list(texts)
    sizes = [count(text) for text in left]
    removed: set[int] = set()
    for change in (_without_closed_thinking, _without_thinking_tag):
        for position in reversed(range(len(left))):
            if sum(sizes) <= tokens:
                break
            changed = change(left[position])
            if changed != left[position]:
                left[position], sizes[position] = changed, count(changed)
                removed.add(position)
    cut = False
    while left and sum(sizes) > tokens:
        tail = _tail(left[-1], tokens - sum(sizes[:-1]), count)
        cut = tail is not None
        if tail is None:
            left.pop()
            sizes.pop()
        else:
            left[-1], sizes[-1] = tail, count(tail)
    return Trimmed(texts=tuple(left), thinking_removed=len(removed), cut=cut, dropped=len(texts) - len(left))


def _without_closed_thinking(text: str) -> str:
    return _CLOSED_THINKING.sub("", text)


def _without_thinking_tag(text: str) -> str:
    return text.replace(_THINKING_TAG, "")


def _tail(text: str, tokens: int, count: Count) -> str | None:
    """Return the longest tail that fits, marked as cut; None when it would be too short to say anything."""
    if tokens < LEAST_TAIL_TOKENS + count(CUT_MARK):
        return None
    low, high = 0, len(text)  # characters kept: `low` fit, `high` do not
    while high - low > max(1, low // 200):
        middle = (low + high) // 2
        if count(CUT_MARK + text[-middle:]) <= tokens:
            low = middle
        else:
            high = middle
    return CUT_MARK + text[-low:] if low else None
