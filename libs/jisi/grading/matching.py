"""Graders by comparison of texts: character by character, or without what makes no difference to a reader."""

import re
import unicodedata
from collections.abc import Callable

from jisi.answers import Question, final_answer
from jisi.answers.literal import quoted
from jisi.answers.numbers import canonical_number
from jisi.contracts.texts import visible_text
from jisi.grading.protocol import Grade, Reference
from jisi.grading.references import AnswersReference, read
from jisi.grading.wording import compared, kept

_EMPHASIS = re.compile(r"(\*{1,3}|`{1,3})(.*)\1", re.DOTALL)
_WORD = re.compile(r"[-+\N{MINUS SIGN}]?[0-9][0-9,]*(?:\.[0-9]+)?|[^\W_]+|[^\w\s]|_")
_ARTICLES = frozenset({"a", "an", "the"})
_LONGEST_COMPARED = 20_000


class ExactMatch:
    """Right is what equals an accepted answer to the letter, apart from white space, quotes and emphasis around it.

    Compared are the final answer, as far as the response marks one, and the whole response.
    """

    async def grade(self, question: str, response: str, reference: Reference) -> Grade:
        """Grade; the reference is an `AnswersReference`."""
        accepted = read(AnswersReference, reference).answer
        return _matched(question, response, accepted, bare)


class NormalisedMatch:
    """As `ExactMatch`, without regard to case, articles, punctuation, spacing, forms of letters and of numbers."""

    async def grade(self, question: str, response: str, reference: Reference) -> Grade:
        """Grade; the reference is an `AnswersReference`."""
        accepted = read(AnswersReference, reference).answer
        return _matched(question, response, accepted, normalised)


def bare(text: str) -> str:
    """Give a text without white space, quotes and Markdown emphasis around it."""
    text = text.strip() or text
    emphasised = _EMPHASIS.fullmatch(text)
    text = emphasised[2].strip() if emphasised else text
    content = quoted(text)
    return text if content is None else content


def normalised(text: str) -> str:
    """Give a text in one form (as SQuAD's `normalize_answer`, with numbers kept whole: -1.5 is neither 1.5 nor 15).

    NFKC, case folded, punctuation and articles dropped, words parted by one space. A text of which nothing would be
    left keeps its articles, then its punctuation.
    """
    folded = unicodedata.normalize("NFKC", bare(text)).casefold()
    parts = [canonical_number(part) or part for part in _WORD.findall(folded)]
    words = [part for part in parts if any(character.isalnum() for character in part)]
    return " ".join([word for word in words if word not in _ARTICLES] or words or parts)


def _matched(question: str, response: str, accepted: tuple[str, ...], form: Callable[[str], str]) -> Grade:
    final = final_answer(Question.of(question), response)
    whole = visible_text(response).strip()
    texts = [] if final is None else [final.text]
    texts += [whole] if whole and len(whole) <= _LONGEST_COMPARED else []
    wanted = {form(answer) for answer in accepted}
    match = next((text for text in texts if form(text) in wanted), None)
    answer = final.text if match is None and final is not None else match
    return Grade(
        score=float(match is not None),
        answer=None if answer is None else kept(answer),
        why=compared(answer=answer, right=match is not None, wanted=accepted[0]),
    )
