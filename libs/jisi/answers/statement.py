"""A sentence that names the answer: "The answer is X", "Answer: X", "Final answer: X"."""

import re

from jisi.answers.matching import last_match
from jisi.answers.question import Question

_STATED = re.compile(
    r"\banswer(?:[ \t]{1,3}[^\s.:;,?!]{1,30}){0,6}?[ \t]{1,3}(?:is|are|be|was)\b[ \t]{0,3}:?"
    r"|\banswer[ \t*_]{0,5}(?:\([^)\n]{1,30}\))?[ \t*_]{0,5}[:=]",
    re.IGNORECASE,
)
_VALUE = re.compile(r"[\s*_#>`]{0,99}([^\n]*)")
_SENTENCE_END = re.compile(r"[.!?](?=\s|\Z)|;\s|,? (?:because|since|as|which)\b")
_CLAUSE = re.compile(r"that\b", re.IGNORECASE)
_LONGEST = 60
"""Characters of a stated answer: a longer one is prose about it."""
_MOST_WORDS = 8
_READ = 400


def statement(question: Question, text: str) -> str | None:
    """Give what the last such sentence says; of a multiple choice the first, for what follows is often chatter."""
    found = _STATED.search(text) if question.options else last_match(_STATED, text)
    return None if found is None else _value(text[found.end() : found.end() + _READ])


def restated(text: str) -> str:
    """Give the answer alone where a found one is a sentence such as "The answer is X", else the text as it is."""
    found = _STATED.search(text)
    value = _value(text[found.end() : found.end() + _READ]) if found else None
    return value or text


def _value(text: str) -> str | None:
    line = _VALUE.match(text)
    value = line.group(1) if line else ""
    again = _STATED.search(value)
    value = value[again.end() :] if again else value
    end = _SENTENCE_END.search(value)
    value = (value[: end.start()] if end else value).strip()
    prose = len(value) > _LONGEST or len(value.split()) > _MOST_WORDS or _CLAUSE.match(value)
    return None if prose or not value else value
