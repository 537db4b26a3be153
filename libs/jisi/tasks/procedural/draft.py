"""A question before it has an id, and the ways its answer is checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

LETTERS = "ABCDEFGHIJ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A question with its reference."""

    key: str
    """What is asked, wording and order of options aside: two questions of one key are the same question."""
    prompt: str
    grader: str
    reference: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question; its dataset is `local-<name>`."""

    name: str
    about: str
    """What it asks, for the documentation."""
    draw: Callable[[Random], Draft]
    """Makes a question, the same for the same state of the generator."""


def worded(key: str, prompt: str, answer: str | int, *said: str) -> Draft:
    """Ask for a word, a number or a short phrase; so small a model says it in a sentence, and those are right too."""
    return Draft(key=key, prompt=prompt, grader="normalised", reference={"answer": [str(answer), *said]})


def verbatim(key: str, prompt: str, *answers: str) -> Draft:
    """Ask for a text in which every character counts."""
    return Draft(key=key, prompt=prompt, grader="exact", reference={"answer": list(answers)})


def chosen(key: str, prompt: str, options: Sequence[str], right: str) -> Draft:
    """Ask for one of some options, which the prompt names."""
    reference = {"answer": LETTERS[list(options).index(right)], "choices": list(options)}
    return Draft(key=key, prompt=prompt, grader="choice", reference=reference)


def lettered(question: str, options: Sequence[str]) -> str:
    """Put options below a question, a letter before each."""
    return "\n".join([question, *(f"{letter}) {text}" for letter, text in zip(LETTERS, options, strict=False))])


def a(noun: str) -> str:
    """Put the indefinite article before a noun."""
    return f"{'an' if noun[0].lower() in 'aeiou' or noun == 'hour' else 'a'} {noun}"
