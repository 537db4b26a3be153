r"""Grader of mathematical answers: numbers, and LaTeX such as \frac{\sqrt{2}}{2} or (1, \infty)."""

from jisi.answers import Question, final_answer
from jisi.contracts.texts import visible_text
from jisi.grading.maths.numerals import number
from jisi.grading.maths.workers import MathsWorkers
from jisi.grading.protocol import Grade, Reference
from jisi.grading.references import AnswerReference, read
from jisi.grading.wording import compared, kept, quote

_LONGEST_COMPARED = 2000
"""Characters: nobody's final answer is longer."""
_TAIL = 1500
"""Characters at a response's end in which the last formula is looked for if no final answer is marked."""


class MathsEquality:
    """Right is what equals the right answer as mathematics.

    Two plain numbers are compared here; anything else is compared by math-verify in a process of its own
    (`MathsWorkers`), which also looks for the last formula where the response marks no final answer.
    """

    def __init__(self, workers: MathsWorkers) -> None:
        self._workers = workers

    async def grade(self, question: str, response: str, reference: Reference) -> Grade:
        """Grade; the reference is an `AnswerReference`."""
        del question  # what it says of options or code would only mislead
        wanted = read(AnswerReference, reference).answer
        right = number(wanted)
        final = final_answer(Question(wants_number=right is not None), response)
        answer = None if final is None else final.text
        if answer is not None and right is not None:
            given = number(answer)
            if given is not None:
                return Grade(
                    score=float(given == right),
                    answer=kept(answer),
                    why=compared(answer=answer, right=given == right, wanted=wanted),
                )
        text = visible_text(response)[-_TAIL:].strip() if answer is None else answer
        if not text or len(text) > _LONGEST_COMPARED:
            return Grade(score=0.0, answer=None, why=compared(answer=None, right=False, wanted=wanted))
        return await self._compared(text, wanted, marked=answer is not None)

    async def _compared(self, text: str, wanted: str, *, marked: bool) -> Grade:
        comparison = await self._workers.compare(gold=wanted, text=text, marked=marked)
        answer = text if marked else comparison.read
        if comparison.failure is not None and answer is not None:
            why = f"{quote(answer)} could not be compared with {quote(wanted)}: {comparison.failure}"
        else:
            why = compared(answer=answer, right=comparison.equal, wanted=wanted)
        return Grade(score=float(comparison.equal), answer=None if answer is None else kept(answer), why=why)
