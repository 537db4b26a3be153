"""Grades of live answers: by the graders that the bank's responses were graded by."""

from collections.abc import Sequence

from jisi.collecting.plan import PlannedQuestion
from jisi.grading.registry import Tools, create_grader


async def grades(answered: Sequence[tuple[PlannedQuestion, str | None]]) -> list[float]:
    """Grade the text of each answer; none at all is worth 0."""
    tools = Tools()
    graders = {name: create_grader(name, tools=tools) for name in {question.grader for question, _ in answered}}
    return [
        (await graders[question.grader].grade(question.prompt, text, question.reference)).score if text else 0.0
        for question, text in answered
    ]
