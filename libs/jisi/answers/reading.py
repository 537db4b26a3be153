"""The answer key of a response: the first finder that finds one gives it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jisi.answers.boxed import boxed
from jisi.answers.canonical import canonical
from jisi.answers.choice import choice
from jisi.answers.json_field import json_field
from jisi.answers.last_number import last_number
from jisi.answers.question import Question
from jisi.answers.short import short
from jisi.answers.statement import statement
from jisi.answers.tags import tags
from jisi.contracts.texts import visible_text

LONGEST_READ = 20_000
"""Characters of a response that are read, from its end."""

Finder = Callable[[Question, str], str | None]
"""Gives the part of a response that is its answer, or None."""

FINDERS: tuple[Finder, ...] = (json_field, tags, boxed, statement, choice, short, last_number)
"""In the order of how plainly a response marks its answer."""


@dataclass(frozen=True, slots=True)
class FinalAnswer:
    """What a response says in the end."""

    text: str
    """As it is written there."""
    key: str
    """In canonical form."""


def answer_key(query: str, response: str) -> str | None:
    """Give what a response says in the end, in canonical form; None where it can only be read as free text.

    Two responses to a query agree exactly if their keys are equal. Reasoning blocks are not looked at.
    """
    return _key(Question.of(query), response)


def answer_keys(query: str, responses: Sequence[str]) -> list[str | None]:
    """Give the key of each of several responses to a query."""
    question = Question.of(query)
    return [_key(question, response) for response in responses]


def final_answer(question: Question, response: str) -> FinalAnswer | None:
    """Give what a response says in the end; None where it can only be read as free text."""
    text = visible_text(response)[-LONGEST_READ:]
    other = None
    for finder in FINDERS:
        found = finder(question, text)
        key = None if found is None else canonical(question, found)
        if found is None or key is None:
            continue
        if not question.options or key in question.options:
            return FinalAnswer(found, key)
        other = other or FinalAnswer(found, key)
    return other


def _key(question: Question, response: str) -> str | None:
    final = final_answer(question, response)
    return None if final is None else final.key
