"""Grader of multiple choice questions."""

from types import MappingProxyType

from jisi.answers import Question, final_answer
from jisi.grading.protocol import Grade, Reference
from jisi.grading.references import ChoiceReference, read


class ChoiceLetter:
    """Right is a response that comes to the right option, by its letter (A to J) or by its text."""

    async def grade(self, question: str, response: str, reference: Reference) -> Grade:
        """Grade; the reference is a `ChoiceReference`."""
        wanted = read(ChoiceReference, reference)
        options = _options(question, wanted)
        final = final_answer(Question(options=MappingProxyType(options)), response)
        letter = final.key if final is not None and final.key in options else None
        if letter is None:
            why = f"no letter of {wanted.letters[0]} to {wanted.letters[-1]} could be read; {wanted.answer} is right"
        else:
            why = f"{letter} is right" if letter == wanted.answer else f"{letter} is not {wanted.answer}"
        return Grade(score=float(letter == wanted.answer), answer=letter, why=why)


def _options(question: str, wanted: ChoiceReference) -> dict[str, str]:
    """Texts by letter: as the task gives them, else as the question lists them, else none that could be echoed."""
    if not isinstance(wanted.choices, int):
        return dict(zip(wanted.letters, wanted.choices, strict=True))
    listed = Question.of(question).options
    return {letter: listed.get(letter, f"option {letter}") for letter in wanted.letters}
