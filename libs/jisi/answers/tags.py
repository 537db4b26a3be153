"""`<answer>...</answer>` around the final answer."""

import re

from jisi.answers.matching import last_match
from jisi.answers.question import Question

_OPENED = re.compile(r"<answer>", re.IGNORECASE)
_CLOSED = re.compile(r"</answer", re.IGNORECASE)


def tags(question: Question, text: str) -> str | None:
    """Give what the last such tags enclose; where they are never closed, all that follows."""
    del question
    opened = last_match(_OPENED, text)
    if opened is None:
        return None
    closed = _CLOSED.search(text, opened.end())
    return text[opened.end() : closed.start() if closed else len(text)].strip()
