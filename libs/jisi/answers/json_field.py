"""The "answer" field of a JSON object, also of one that is broken: reasoning full of LaTeX rarely is valid JSON."""

import json
import re

from jisi.answers.matching import last_match
from jisi.answers.question import Question

_FIELD = re.compile(r"""["'](?:final[ _-]?)?answer["']\s{0,9}:\s{0,9}""", re.IGNORECASE)
_ENDED = re.compile(r"\s{0,99}(?:[,}\]]|\Z)")
_LINE = re.compile(r"[^\n]*")
_DECODER = json.JSONDecoder()
_DEEPEST = 20
"""Brackets up to which a value is decoded: deeper ones would exhaust the stack."""
_LONGEST = 4000
_NOTHING = "''"
"""An empty string is an answer."""


def json_field(question: Question, text: str) -> str | None:
    """Give the value of the last "answer" field: a string's content, anything else as it is written."""
    del question
    found = last_match(_FIELD, text)
    if found is None:
        return None
    value = text[found.end() : found.end() + _LONGEST]
    if value.startswith('"'):
        return _string(value)
    if value.startswith(("[", "{")) and value.count("[") + value.count("{") <= _DEEPEST:
        try:
            _, end = _DECODER.raw_decode(value)
        except ValueError:
            return _rest_of_line(value)
        return value[:end]
    return _rest_of_line(value)


def _string(value: str) -> str:
    """The content of a string that starts here; where its quotes are not escaped, up to the last on its line."""
    try:
        content, end = _DECODER.raw_decode(value)
    except ValueError:
        content, end = None, 0
    if isinstance(content, str) and _ENDED.match(value, end):
        return content or _NOTHING
    return _rest_of_line(value)


def _rest_of_line(value: str) -> str:
    """What stands up to the end of the line, without what closes the field."""
    line = _LINE.match(value)
    rest = (line.group() if line else "").rstrip()
    while rest.endswith(("}", ",")) and not _balanced(rest):
        rest = rest[:-1].rstrip()
    if len(rest) > 1 and rest.startswith('"') and rest.endswith('"'):
        rest = rest[1:-1] or _NOTHING
    return rest


def _balanced(text: str) -> bool:
    return not text.endswith(",") and text.count("{") >= text.count("}")
