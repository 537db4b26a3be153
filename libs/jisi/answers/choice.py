"""The option of a multiple choice that a response comes to."""

import re

from jisi.answers.latex import plain
from jisi.answers.numbers import canonical_number
from jisi.answers.question import Question

_WORD = r"[\w'\N{RIGHT SINGLE QUOTATION MARK}]"
_LEADING = re.compile(
    rf"[\s*_$(\[\\{{}}]*(?:(?:text|mathrm|textbf|mathbf)\{{\(?)?([A-Ja-j])(?!{_WORD})\s*([).:\]}}*]?)"
)
_MARKED = re.compile(r"\(([A-Ja-j])\)|\b(?:[Oo]ption|[Cc]hoice|[Aa]nswer) \**\(?([A-J])\b|\*\*([A-J])\b")
_ALONE = re.compile(rf"(?<!-)(?<!{_WORD})([B-HJ])(?!-|{_WORD})")
"""Not A and not I, which are words."""
_TAIL = 400
"""Characters at the end in which an unmarked letter, or the text of an option, is looked for."""
_SHORTEST_TEXT = 4
"""Letters and digits of an option's text that may be found inside a sentence."""


def option_of(question: Question, answer: str) -> str | None:
    """Give the letter of the option that an answer is: it starts with the letter, or is the option's text."""
    found = _LEADING.match(answer)
    if found and found[1].upper() in question.options:
        letter, rest = found[1].upper(), loose(answer[found.end() :])
        marked = bool(found[2]) and (found[1].isupper() or not rest)
        if not rest or marked or loose(question.options[letter]).startswith(rest):
            return letter
    wanted = loose(answer)
    return next((letter for letter, option in question.options.items() if loose(option) == wanted), None)


def choice(question: Question, text: str) -> str | None:
    """Give the last letter marked as an option, else the last that stands alone near the end.

    Else the option whose text alone occurs near the end.
    """
    if not question.options:
        return None
    tail = text[-_TAIL:]
    for pattern, read in ((_MARKED, text), (_ALONE, tail)):
        letter = _last_letter(question, pattern, read)
        if letter:
            return letter
    return _mentioned(question, loose(tail))


def marked_letter(question: Question, answer: str) -> str | None:
    """Give the last letter marked as an option in an answer that is none: "not listed, the closest is (D)"."""
    return _last_letter(question, _MARKED, answer)


def loose(text: str) -> str:
    """Letters and digits alone: how an option is copied differs in case, spacing and punctuation."""
    text = plain(text)
    return canonical_number(text) or "".join(character for character in text.casefold() if character.isalnum())


def _last_letter(question: Question, pattern: re.Pattern[str], text: str) -> str | None:
    letters = [found[found.lastindex or 0].upper() for found in pattern.finditer(text)]
    return next((letter for letter in reversed(letters) if letter in question.options), None)


def _mentioned(question: Question, tail: str) -> str | None:
    texts = {letter: loose(option) for letter, option in question.options.items()}
    found = [letter for letter, option in texts.items() if len(option) >= _SHORTEST_TEXT and option in tail]
    return found[0] if len(found) == 1 else None
