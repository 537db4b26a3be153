"""An answer in the one form it is compared in."""

import re

from jisi.answers.choice import marked_letter, option_of
from jisi.answers.latex import plain
from jisi.answers.literal import quoted, requoted, shortened, tidy, without_brackets
from jisi.answers.numbers import canonical_number
from jisi.answers.question import Question
from jisi.answers.statement import restated

LONGEST_ANSWER = 4000
"""Characters: no two models write something longer alike."""
NOTHING = "''"
"""Key of an answer that is the empty string."""

_EMPHASIS = re.compile(r"(\*{1,3}|`{1,3}|_{1,2})(.*)\1", re.DOTALL)
_FENCE = re.compile(r"```[a-z]{0,12}\n(.*?)\n?```", re.DOTALL)
_ASSIGNED = re.compile(r"[A-Za-z]\w{0,2}\s?=\s?(?=\S)")
_LONGEST_SENTENCE = 100
"""Characters of a sentence whose only number is the answer."""
_NUMBER = re.compile(r"(?<![\w.,])-?\$?[0-9](?:[0-9,]*[0-9])?(?:\.[0-9]+)?(?:/[0-9]+)?")
_BASE = re.compile(r"_\{?[0-9]{1,2}\}?\Z")
"""The base a number is written in."""
_NOT_ITS_VALUE = re.compile(r"\b(?:thousand|million|billion|trillion|hundred|dozen|am|pm|or|and|to)\b", re.IGNORECASE)
_WORDS = frozenset({"yes", "no", "true", "false", "none"})
_CONTAINERS = ("[", "{", "(")


def canonical(question: Question, answer: str) -> str | None:
    """Give the key of an answer that was found; None if nothing is left of it, or it is too long to be one."""
    if len(answer) > LONGEST_ANSWER:
        return None
    if question.options:
        return _chosen(question, answer)
    return _exact(answer) if question.keeps_text else _free(question, answer)


def _chosen(question: Question, answer: str) -> str | None:
    text = _unwrapped(restated(_unwrapped(answer)))
    return option_of(question, text) or marked_letter(question, text) or _free(question, text)


def _exact(answer: str) -> str | None:
    """What a program gives: a literal's spacing is ours to choose, a string's is not."""
    text = _unwrapped(answer)
    content = quoted(text)
    if content is None:
        text = answer if text == answer.strip() else text
        content = tidy(text) if text.strip().startswith(_CONTAINERS) else text
    word = content.lower()
    return word if word in _WORDS else _escaped(content) or NOTHING


def _free(question: Question, answer: str) -> str | None:
    text = _unwrapped(plain(_unwrapped(answer)))
    content = quoted(text)
    text = restated(text) if content is None else content.strip() or NOTHING
    number = _number(question, text)
    if number is not None:
        return number
    if not text.endswith(".."):
        text = text.rstrip(".")
    text = without_brackets(shortened(tidy(text)))
    if not question.keeps_case or text.lower() in _WORDS:
        text = text.casefold()
    if text == NOTHING:
        return NOTHING
    return _with_numbers(question, text) if _says_something(text) else None


def _unwrapped(text: str) -> str:
    """Without fences, emphasis, stray quotes and white space around it."""
    text = text.strip()
    fenced = _FENCE.fullmatch(text)
    text = fenced.group(1).strip() if fenced else text
    emphasised = _EMPHASIS.fullmatch(text)
    text = emphasised.group(2).strip() if emphasised else text
    text = text.strip("`").removesuffix("**")
    return text[:-1] if text.endswith(("'", '"')) and text.count(text[-1]) == 1 else text


def _number(question: Question, text: str) -> str | None:
    """The number an answer is; of one with words about it, where a number was asked for."""
    bare = text.rstrip(".,;: ")
    assigned = _ASSIGNED.match(bare)
    bare = bare[assigned.end() :] if assigned else bare
    number = canonical_number(_BASE.sub("", bare), keep_fractions=question.keeps_fractions)
    if number is not None or not question.wants_number or len(bare) > _LONGEST_SENTENCE:
        return number
    if _NOT_ITS_VALUE.search(bare):
        return None
    numbers = _NUMBER.findall(bare.rpartition("=")[2])
    return canonical_number(numbers[0], keep_fractions=question.keeps_fractions) if len(numbers) == 1 else None


def _with_numbers(question: Question, text: str) -> str:
    """Numbers of a list in one form too."""
    if "," not in text or "'" in text:
        return text
    return ",".join(canonical_number(part, keep_fractions=question.keeps_fractions) or part for part in text.split(","))


def _says_something(text: str) -> bool:
    """Not a placeholder such as ___ or ..."""
    return any(character.isalnum() or not character.isascii() for character in text)


def _escaped(text: str) -> str:
    """Line breaks as a literal writes them."""
    return requoted(text).replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")
