"""Grading: what is graded, what is not, and that it is done once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from jisi.collecting.entries import Begun, Ended, Place
from jisi.collecting.history import Answer
from jisi.collecting.journal import Journal
from jisi.collecting.marking import Marker, NotGradedError
from jisi.collecting.plan import PlannedQuestion, References, planned
from jisi.errors import InputError
from jisi.grading.protocol import Grade, Grader, GradingUnavailableError, Reference
from jisi.llm.usage import Usage
from jisi.tasks.question import Question

PLACE = Place("sums", "sums/1", "ada", 0)


class Scripted:
    """A grader that does what a test says."""

    def __init__(self, does: Callable[[str], Grade]) -> None:
        self.seen: list[str] = []
        self._does = does

    async def grade(self, question: str, response: str, reference: Reference) -> Grade:
        """Grade."""
        assert (question, reference) == ("1 + 1?", {"answer": "2"})
        self.seen.append(response)
        return self._does(response)


def one_question(answer: str = "2") -> PlannedQuestion:
    """Plan a question."""
    question = Question(
        id="sums/1", dataset="sums", prompt="1 + 1?", reference={"answer": answer}, grader="exact", split=None
    )
    return planned(question, References(), index=1, judged=False)


async def answered(journal: Journal, text: str) -> Answer:
    """Have a call answered."""
    number = journal.history.next_number
    usage = Usage(prompt_tokens=1, completion_tokens=1)
    await journal.append(Begun(number=number, key=text or "empty", place=PLACE, asked="ada", reserved=0.0, at=""))
    await journal.append(Ended(number=number, code=None, text=text, usage=usage, cost=0.0, seconds=0.0))
    return journal.history.answers[text or "empty"]


def marker(journal: Journal, grader: Grader) -> Marker:
    """Make a marker of this grader."""
    return Marker(journal=journal, graders=lambda _name, _place: grader, judge=None)


async def test_a_response_is_graded_once(tmp_path: Path) -> None:
    """The grade is on disk, and found there by another run; another reference makes another grade."""
    grader = Scripted(lambda text: Grade(score=float(text == "2"), answer=text, why="compared"))
    async with Journal(tmp_path) as journal:
        two = await answered(journal, "2")
        first = await marker(journal, grader).mark(one_question(), two)
    async with Journal(tmp_path) as journal:
        again = await marker(journal, grader).mark(one_question(), two)
        other = marker(journal, grader).key(one_question("3"), two.key)

    assert (first.score, first.answer, first.why) == (1.0, "2", "compared")
    assert again == first
    assert grader.seen == ["2"]
    assert other != first.key


async def test_an_empty_response_needs_no_grader(tmp_path: Path) -> None:
    """Nothing but reasoning is no answer: its grade is 0, and nobody is asked for it."""
    grader = Scripted(lambda _text: Grade(score=1.0, answer=None, why="whatever"))
    async with Journal(tmp_path) as journal:
        thought = await answered(journal, "<think>1 + 1 is 2</think>")
        graded = await marker(journal, grader).mark(one_question(), thought)

    assert graded.score == 0.0
    assert grader.seen == []


@pytest.mark.parametrize(
    ("error", "cause", "told"),
    [
        (GradingUnavailableError("the sandbox is down"), "grading_unavailable", "the sandbox is down"),
        (InputError("the reference is wrong"), "invalid", "the reference is wrong"),
        (ZeroDivisionError("by zero"), "bug", r"the grader exact failed: ZeroDivisionError: by zero \(.*\.py:\d+\)"),
    ],
)
async def test_a_grader_that_cannot_work_leaves_no_grade(
    tmp_path: Path, error: Exception, cause: str, told: str
) -> None:
    """Whatever went wrong, it is told, and the response can be graded later."""

    def fail(_text: str) -> Grade:
        raise error

    async with Journal(tmp_path) as journal:
        two = await answered(journal, "2")
        with pytest.raises(NotGradedError, match=told) as failed:
            await marker(journal, Scripted(fail)).mark(one_question(), two)

    assert failed.value.cause == cause
    assert journal.history.grades == {}
