"""The bank that comes with the local experts is what it says: our questions, their answers, our grades."""

import gzip
import json
from typing import Any

import pytest
from jisi.grading.registry import create_grader
from jisi.local.bank import shipped_bank
from jisi.local.demo import DEMO_QUESTIONS
from jisi.local.experts import EXPERTS
from jisi.local.pool_file import MAX_TOKENS
from jisi.tasks.catalogue import read_task
from jisi.tasks.question import Question

COUNT = 400
LARGEST_BYTES = 1_000_000


@pytest.fixture(scope="module")
def items() -> list[dict[str, Any]]:
    """Give the items of the bank."""
    file = shipped_bank()
    assert file is not None
    assert file.stat().st_size < LARGEST_BYTES
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def questions() -> dict[str, Question]:
    """Give the questions of the task by what is asked."""
    return {question.prompt: question for question in read_task(f"local:{COUNT}").questions()}


def test_it_holds_each_question_once(items: list[dict[str, Any]], questions: dict[str, Question]) -> None:
    """All questions of seed 0, under their datasets, and none that the demonstration asks."""
    asked = {item["query"]: item["dataset"] for item in items}

    assert len(items) == COUNT
    assert asked == {prompt: question.dataset for prompt, question in questions.items()}
    assert not asked.keys() & set(DEMO_QUESTIONS)


def test_every_expert_answered_every_question(items: list[dict[str, Any]]) -> None:
    """With a response, a score and usage of at most what the pool allows."""
    names = {expert.name for expert in EXPERTS}
    for item in items:
        assert item["records"].keys() == item["raw_output"].keys() == item["usages"].keys() == names
        assert all(0 < usage["completion_tokens"] <= MAX_TOKENS for usage in item["usages"].values())


async def test_scores_are_the_graders(items: list[dict[str, Any]], questions: dict[str, Question]) -> None:
    """Grading the recorded responses again gives the recorded scores."""
    graders = {question.grader: create_grader(question.grader) for question in questions.values()}
    different = []
    for item in items:
        question = questions[item["query"]]
        for name, response in item["raw_output"].items():
            grade = await graders[question.grader].grade(question.prompt, response, question.reference)
            if grade.score != item["records"][name]:
                different.append((question.id, name, response, grade))

    assert different == []
