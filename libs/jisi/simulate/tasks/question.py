"""A question with its one right answer, and how an answer is graded."""

import re
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from jisi.simulate.dice import Dice

LEVELS = 5
"""Levels of difficulty a kind generates: enough for the two ends to differ in length and success."""

_FINAL = re.compile(
    r"(?im)^[\s*_#>-]*(?:the\s+)?(?:final\s+)?answer(?:\s*[*_]*\s*[:=]|\s+is\b:?)[\s*_]*(\S.*?)[\s*_]*$"
)
_NUMBER = re.compile(r"[\s$]*(-?\d[\d,]*(?:\.\d+)?)(?![\d/])")
_LIST_SEPARATOR = re.compile(r"\s*[,;]\s*")
_STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2212": "-"})
"""Typographic quotation marks and minus signs as a keyboard has them."""
_MAX_SLIPS = 4
_EXACT_PLACES = 12
_ROUNDED_PLACES = 4


class AnswerForm(Enum):
    """What two answers must share to be the same answer."""

    NUMBER = "number"
    """The value: 1,000 is 1000.0."""
    TEXT = "text"
    """The letters, whatever their case, without quotation marks and a full stop."""
    EXACT = "exact"
    """The letters in their case."""
    LIST = "list"
    """The parts in their order."""
    SET = "set"
    """The parts in any order."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that was understood: whatever its wording, equal questions have equal keys."""

    kind: str
    key: str
    difficulty: float
    """0 is trivial, 1 is the hardest of its kind."""
    gold: str
    form: AnswerForm
    working: tuple[str, ...]
    """Sentences that lead to the answer without stating it, so that a model which slips does not contradict itself."""
    slips: tuple[str, ...]
    """Plausible wrong answers, the likeliest first; none of them would be graded right."""


@dataclass(frozen=True, slots=True)
class TaskKind:
    """One kind of question: a dataset of the generated bank."""

    name: str
    topic: str
    """What it is about, in words that fit into a sentence."""
    example: str
    """What can be asked, for the sentence a simulated model says when it does not understand."""
    generate: Callable[[Dice, int], str]
    """Makes the text of a question of a level from 1 to LEVELS."""
    understand: Callable[[str], Question | None]
    """Reads a tidied text (see `tidy`); None when it is no question of this kind."""


def make_question(
    *,
    kind: str,
    key: str,
    difficulty: float,
    gold: str,
    form: AnswerForm,
    working: Iterable[str],
    slips: Iterable[str],
) -> Question:
    """Build a question, keeping of the slips those that are wrong and differ from one another."""
    kept: list[str] = []
    taken = {_meaning(form, gold)}
    for slip in slips:
        if len(kept) == _MAX_SLIPS:
            break
        meaning = _meaning(form, slip)
        if slip and meaning not in taken:
            taken.add(meaning)
            kept.append(slip)
    if not kept:
        kept.append("unsure" if form is not AnswerForm.NUMBER else "0" if gold != "0" else "1")
    return Question(
        kind=kind,
        key=f"{kind}:{key}",
        difficulty=min(1.0, max(0.0, difficulty)),
        gold=gold,
        form=form,
        working=tuple(working),
        slips=tuple(kept),
    )


def final_answers(text: str) -> list[str]:
    """Return what stands behind each `Answer:` at the beginning of a line, in order."""
    return [str(answer) for answer in _FINAL.findall(text)]


def final_answer(response: str) -> str | None:
    """Return what stands behind the last `Answer:` of a response; None when there is no such line."""
    found = final_answers(response)
    return found[-1] if found else None


def same_answer(form: AnswerForm, left: str, right: str) -> bool:
    """Tell whether two answers are the same answer in this form; what is no number is no answer to be a number."""
    one = _meaning(form, left)
    return one is not None and one == _meaning(form, right)


def _meaning(form: AnswerForm, text: str) -> Hashable:
    """Return what an answer comes down to in its form: equal for the same answers; None when it has not that form."""
    match form:
        case AnswerForm.NUMBER:
            return number_in(text)
        case AnswerForm.TEXT:
            return _bare(text).casefold()
        case AnswerForm.EXACT:
            return _bare(text)
        case AnswerForm.LIST:
            return tuple(_parts(text))
        case AnswerForm.SET:
            return frozenset(_parts(text))


def grade(question: Question, response: str) -> bool:
    """Tell whether a response gives the right answer: in its `Answer:` line, else as the whole response."""
    answer = final_answer(response)
    return same_answer(question.form, response if answer is None else answer, question.gold)


def number_in(text: str) -> Fraction | int | None:
    """Return the number an answer starts with, thousands commas and a unit behind it aside; None without one."""
    if text.isdecimal() and text.isascii():
        return int(text)
    found = _NUMBER.match(_bare(text))
    if found is None:
        return None
    number = found[1].replace(",", "")
    return Fraction(number) if "." in number else int(number)


def decimal_text(value: Fraction | int) -> str:
    """Write a number without trailing zeros, exactly where its decimals end, else to four places: 7, 2.5, 0.3333."""
    if value.denominator == 1:
        return str(value.numerator)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    places = _EXACT_PLACES if rest == 1 else _ROUNDED_PLACES
    units = round(value * 10**places)
    whole, decimals = divmod(abs(units), 10**places)
    text = f"{whole}.{decimals:0{places}d}".rstrip("0").rstrip(".")
    return f"-{text}" if units < 0 else text


def number_slips(value: Fraction | int, *first: Fraction | int) -> list[str]:
    """Return wrong numbers near a right one: those given first, the mistakes typical of a task, then everyday ones."""
    near: Fraction | int = value.numerator if value.denominator == 1 else value
    step: Fraction | int = 1 if abs(value.numerator) >= value.denominator else Fraction(1, 10)
    everyday = (near + step, near - step, near + 10 * step, near - 10 * step, near * 2)
    return [decimal_text(slip) for slip in (*first, *everyday)]


def natural_slips(value: int, *first: int) -> list[str]:
    """Return wrong whole numbers of at least 0 near a right one, those given first before the everyday ones."""
    return [str(slip) for slip in (*first, value + 1, value - 1, value + 2, value + 10, value * 2) if slip >= 0]


def tidy(text: str) -> str:
    """Collapse white space and drop polite words and final punctuation, so that wording matters less."""
    text = " ".join(text.translate(_STRAIGHT).split())
    previous = ""
    while previous != text:
        previous = text
        text = re.sub(r"(?i)^(?:please|hi|hello|hey|so|now|could you|can you|would you|tell me)\b[\s,!:]*", "", text)
        text = re.sub(r"(?i)[\s,]*\b(?:please|thanks|thank you)[.!?]*$|[\s.?!=:]+$", "", text)
    return text


def _bare(text: str) -> str:
    return " ".join(text.split()).translate(_STRAIGHT).strip(" \t.\"'`*_[](){}")


def _parts(text: str) -> list[str]:
    bare = _bare(text).casefold()
    if bare in {"", "empty", "the empty set", "empty set", "∅", "none"}:
        return []
    return [_part(part) for part in _LIST_SEPARATOR.split(re.sub(r"\s+and\s+", ", ", bare)) if part]


def _part(text: str) -> str:
    number = number_in(text)
    return _bare(text) if number is None else decimal_text(number)
