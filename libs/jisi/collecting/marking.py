"""Grading responses: each grade is on the disk once, and calls to a judge are bought as any other."""

import asyncio
import traceback
from collections.abc import Callable

from jisi.collecting.buying import CallFailedError
from jisi.collecting.calls import digest, who
from jisi.collecting.entries import Graded, Place
from jisi.collecting.history import Answer
from jisi.collecting.journal import Journal
from jisi.collecting.plan import PlannedQuestion
from jisi.collecting.turns import GivenUpError
from jisi.contracts.texts import storable
from jisi.errors import JisiError, PermanentError
from jisi.grading.protocol import Grade, Grader
from jisi.llm.budget import BudgetEndedError
from jisi.llm.spec import ModelSpec

GRADINGS_AT_ONCE = 8
_NO_ANSWER = Grade(score=0.0, answer=None, why="There is no answer: nothing but reasoning, or nothing at all.")

MakeGrader = Callable[[str, Place], Grader]
"""Gives a grader by its name, whose judge, if it has one, is asked about this place of the bank."""


class NotGradedError(PermanentError):
    """A response has no grade yet: it is kept, and graded in the next run."""

    def __init__(self, cause: str, message: str) -> None:
        super().__init__(message)
        self.cause = cause


class Marker:
    """Grades answers; from the journal where it has been done before."""

    def __init__(self, *, journal: Journal, graders: MakeGrader, judge: ModelSpec | None) -> None:
        self._journal = journal
        self._graders = graders
        self._judge = judge
        self._at_once = asyncio.Semaphore(GRADINGS_AT_ONCE)

    def key(self, planned: PlannedQuestion, answer_key: str) -> str:
        """Give what is the same for equal gradings: of which response, by which grader, against what."""
        return digest(
            {
                "answer": answer_key,
                "grader": planned.grader,
                "reference": planned.reference_digest,
                "judge": who(self._judge) if planned.judged and self._judge is not None else None,
            }
        )

    async def mark(self, planned: PlannedQuestion, answer: Answer) -> Graded:
        """Give the grade of an answer.

        Raises:
            NotGradedError: the grader could not work.
            BudgetEndedError: a call to the judge could pass a bound.
        """
        key = self.key(planned, answer.key)
        kept = self._journal.history.grades.get(key)
        if kept is not None:
            return kept
        grade = _NO_ANSWER if not answer.usable else await self._grade(planned, answer)
        graded = Graded(
            key=key,
            place=answer.place,
            score=min(1.0, max(0.0, grade.score)),
            answer=None if grade.answer is None else storable(grade.answer),
            why=storable(grade.why),
        )
        await self._journal.append(graded)
        return graded

    async def _grade(self, planned: PlannedQuestion, answer: Answer) -> Grade:
        async with self._at_once:
            text = (await asyncio.to_thread(self._journal.ended, answer.offset)).text
            try:
                grader = self._graders(planned.grader, answer.place)
                return await grader.grade(planned.prompt, text, planned.reference)
            except BudgetEndedError:
                raise
            except (CallFailedError, GivenUpError) as error:
                raise NotGradedError(error.cause, str(error)) from error
            except JisiError as error:
                raise NotGradedError(error.code, str(error)) from error
            except Exception as error:  # a bug, which must not cost the answers to all other questions
                last = traceback.extract_tb(error.__traceback__)[-1]
                where = f"{last.filename}:{last.lineno}"
                said = f"the grader {planned.grader} failed: {type(error).__name__}: {error} ({where})"
                raise NotGradedError("bug", said) from error
