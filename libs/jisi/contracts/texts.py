"""What of a model's text counts: one rule, online and offline (ALGORITHM.md 0).

The generator decides with it whether a response is usable, the importer what of a recorded response is embedded. Were
the two to differ, a response would be compared with a bank made by another rule.
"""

import json
import re

LONGEST_TEXT_BYTES = 6 * 1024 * 1024
"""Of a response, as JSON in UTF-8: an answer must fit its topic with it. Some 1.5 million tokens."""
_MOST_BYTES_A_CHARACTER = 6
"""Of JSON: a control character."""
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
"""A block of reasoning; one that is never closed reaches to the end."""
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL and lone surrogates: JSON can carry them, Postgres and UTF-8 cannot."""
_END_OF_THINKING = "</think>"


def visible_text(text: str) -> str:
    """Return the text without its reasoning: what a reader is meant to see, and what is embedded of a response.

    Taken away are `<think>...</think>` blocks, an unclosed one to the end, and whatever stands before a closing tag
    without an opening one: chat templates that open the block themselves return such texts. White space left around
    the rest goes with them; a text without reasoning is returned as it is.
    """
    visible = _THINKING.sub("", text)
    visible = visible.rpartition(_END_OF_THINKING)[2]
    return text if len(visible) == len(text) else visible.strip()


def is_usable(text: str | None) -> bool:
    """Tell whether a response holds anything once its reasoning is taken away."""
    return text is not None and bool(visible_text(text).strip())


def storable(text: str) -> str:
    """Replace what Postgres and UTF-8 cannot hold (NUL, lone surrogates) by U+FFFD."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def is_storable(text: str) -> bool:
    """Tell whether Postgres and UTF-8 can hold a text as it is."""
    return _UNSTORABLE.search(text) is None


def is_publishable(text: str) -> bool:
    """Tell whether an answer that holds the text fits its topic."""
    if len(text) * _MOST_BYTES_A_CHARACTER <= LONGEST_TEXT_BYTES:
        return True
    return len(json.dumps(text, ensure_ascii=False).encode()) <= LONGEST_TEXT_BYTES
