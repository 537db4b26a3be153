"""The number that a response ends with, where the query asks for one."""

import re

from jisi.answers.question import Question

_AT_END = re.compile(
    r"(?<![\w.,])(-?\$?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,40})(?:\.[0-9]{1,40})?(?:/[0-9]{1,18})?)"
    r"[%°]?(?:[ *_$]{1,4}[A-Za-z/]{1,20}){0,3}[\s.!*_$)\\\]]{0,20}\Z"
)
_TAIL = 160


def last_number(question: Question, text: str) -> str | None:
    """Give the number that the last sentence ends with, at most three words before its end."""
    if not question.wants_number:
        return None
    found = _AT_END.search(text[-_TAIL:])
    return found[1] if found else None
