"""The option that a response comes to."""

import pytest
from hypothesis import given
from jisi.grading.choice import ChoiceLetter

from tests.unit.grading.hostile import TEXTS

QUESTION = "Which planet is the largest?\nA. Mars\nB. Venus\nC. Jupiter\nD. Saturn"
LONG = "Let us see. A gas giant it must be, and I think B is too small. "


@pytest.mark.parametrize(
    "response",
    [
        "C",
        "(C)",
        "c",
        "**C**",
        "C. Jupiter",
        "The answer is (C).",
        "the answer is C: Jupiter",
        f"{LONG}Therefore, the answer is (C) Jupiter.",
        rf"{LONG}\boxed{{C}}",
        rf"{LONG}\boxed{{\text{{(C)}}}}",
        f"{LONG}\n\n**Answer:** C",
        f'{LONG}{{"answer": "C"}}',
        f"{LONG}<answer>C</answer>",
        "Jupiter",
        "It is none of the small ones, and the rings do not matter here. So it has to be Jupiter.",
        "<think>The answer is (A)</think>The answer is (C).",
        f"{LONG}Option (C) is correct",
    ],
)
async def test_the_letter_is_read(response: str) -> None:
    """However it is marked, and where only the option's text is told."""
    grade = await ChoiceLetter().grade(QUESTION, response, {"answer": "C", "choices": 4})

    assert (grade.score, grade.answer, grade.why) == (1.0, "C", "C is right")


@pytest.mark.parametrize(
    ("response", "answer"),
    [("The answer is (B).", "B"), ("Mars", "A"), ("I do not know.", None), ("", None), ("The answer is (E).", None)],
)
async def test_what_is_wrong_or_no_option_scores_nothing(response: str, answer: str | None) -> None:
    """A letter beyond the options is none."""
    grade = await ChoiceLetter().grade(QUESTION, response, {"answer": "C", "choices": 4})

    assert (grade.score, grade.answer) == (0.0, answer)


async def test_options_come_from_the_task_where_the_question_lists_none() -> None:
    """Their texts can then be echoed, too; without any a letter is read all the same."""
    bare = "Which planet is the largest?"
    options = ["Mars", "Venus", "Jupiter", "Saturn"]

    assert (await ChoiceLetter().grade(bare, "It is Jupiter.", {"answer": "C", "choices": options})).score == 1.0
    assert (await ChoiceLetter().grade(bare, "The answer is J.", {"answer": "J", "choices": 10})).score == 1.0
    assert (await ChoiceLetter().grade(bare, "", {"answer": "A", "choices": 10})).answer is None


@given(question=TEXTS, response=TEXTS)
async def test_any_response_is_graded(question: str, response: str) -> None:
    """Nothing is raised, and an answer is one of the letters."""
    grade = await ChoiceLetter().grade(question, response, {"answer": "B", "choices": 4})

    assert grade.answer in {None, "A", "B", "C", "D"}
    assert grade.score == (grade.answer == "B")
