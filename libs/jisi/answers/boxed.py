r"""LaTeX's \boxed{...}, mathematics' usual mark of a final answer."""

import re

from jisi.answers.question import Question

_BOXED = re.compile(r"\\f?boxed\s{0,3}\{")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_LONGEST = 4000


def boxed(question: Question, text: str) -> str | None:
    r"""Give the content of the last \boxed{...} whose braces are balanced."""
    del question
    starts = [found.end() for found in _BOXED.finditer(text)]
    for start in reversed(starts[-3:]):
        content = _up_to_closing_brace(text[start : start + _LONGEST])
        if content is not None:
            return content
    return None


def _up_to_closing_brace(text: str) -> str | None:
    depth = 1
    for brace in _BRACE.finditer(text):
        depth += {"{": 1, "}": -1}.get(brace.group(), 0)
        if depth == 0:
            return text[: brace.start()]
    return None
