"""The questions of tasks, read and given their places in the bank."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice

from jisi.collecting.plan import PlannedQuestion, References, planned
from jisi.errors import InputError
from jisi.grading.registry import needs_judge
from jisi.llm.spec import ModelSpec
from jisi.tasks.catalogue import read_task
from jisi.tasks.question import Question
from jisi.tasks.task import Task

_INDEX_BYTES = 6
"""Of an index that is made of an id: JSON readers hold numbers of that size exactly."""
_LONGEST_NUMBER = 15
"""Digits, for the same reason."""


def planned_questions(specs: Sequence[str], *, limit: int | None, judge: ModelSpec | None) -> list[PlannedQuestion]:
    """Read the questions of all tasks, each task's first `limit`.

    Raises:
        InputError: a task is not there or cannot be read, needs a judge where none is named, or a question comes twice.
    """
    tasks = [read_task(spec) for spec in dict.fromkeys(specs)]
    for task in tasks:
        if needs_judge(task.description.grader) and judge is None:
            raise InputError(
                f"Task {task.name} is graded by a judge: name a model of the pool for that by --judge MODEL."
            )
    references = References()
    questions = [one for task in tasks for one in islice(_planned(task, references), limit)]
    seen: dict[tuple[str, int], str] = {}
    for one in questions:
        other = seen.setdefault((one.dataset, one.index), one.id)
        if other != one.id:
            raise InputError(f"Questions {other} and {one.id} have the same place in the bank: leave one out.")
    if len(seen) < len(questions):
        raise InputError("A question comes twice: name each task once, and no two that hold the same questions.")
    return questions


def task_remarks(specs: Sequence[str]) -> list[str]:
    """Say what of the tasks' data is left out."""
    return [remark for spec in dict.fromkeys(specs) for remark in read_task(spec).remarks()]


def _planned(task: Task, references: References) -> Iterator[PlannedQuestion]:
    for question in task.questions():
        yield planned(question, references, index=index_of(question), judged=needs_judge(question.grader))


def index_of(question: Question) -> int:
    """Give an item's number, which goes by the question's id alone: it is the same whatever else is collected."""
    rest = question.id.removeprefix(f"{question.dataset}/")
    if rest.isascii() and rest.isdecimal() and len(rest) <= _LONGEST_NUMBER and str(int(rest)) == rest:
        return int(rest)
    return int.from_bytes(hashlib.sha256(question.id.encode()).digest()[:_INDEX_BYTES])
