"""Grades by final answers."""

import pytest
from jisi.evaluation.live.grading import Gold, agreement

SUM = "What is 2 + 2?"
CHOICE = "Which is a fruit?\nA. stone\nB. pear\nC. cloud"


@pytest.mark.parametrize(
    ("query", "given", "text", "grade"),
    [
        (SUM, "4", "Adding both, the answer is 4.", 1.0),
        (SUM, 4, "\\boxed{4}", 1.0),
        (SUM, "4", "The answer is 5.", 0.0),
        (SUM, "4", "", 0.0),
        (SUM, "4", None, 0.0),
        (SUM, "4", "<think>The answer is 4.</think>The answer is 5.", 0.0),
        (CHOICE, "B", "The answer is (B).", 1.0),
        (CHOICE, "B", "It cannot be B, so the answer is C.", 0.0),
    ],
)
def test_an_answer_is_right_if_its_end_is(query: str, given: object, text: str | None, grade: float) -> None:
    """The final answer counts, however it is put; no answer is a wrong one."""
    assert Gold.of(query, given).grade(text) == grade


@pytest.mark.parametrize("given", [None, True, ["4"], "Bake it slowly, and let it rest for a while before you eat it."])
def test_nothing_is_graded_without_a_final_answer(given: object) -> None:
    """Where the bank says nothing that can be compared, an answer is neither right nor wrong."""
    assert Gold.of("How is bread baked?", given).grade("Slowly.") is None


def test_agreement_with_the_bank() -> None:
    """The share of recorded responses whose grade is their score, over all that have both."""
    responses = {"able": "The answer is 4.", "baker": "The answer is 5.", "charlie": "The answer is 4.", "dora": None}
    scores = {"able": 1.0, "baker": False, "charlie": 0.25, "dora": 1.0}

    found = agreement([(Gold.of(SUM, "4"), responses, scores), (Gold.of(SUM, None), responses, scores)])

    assert found == 2 / 3


def test_agreement_of_nothing() -> None:
    """Where nothing is graded there is none."""
    assert agreement([(Gold.of(SUM, None), {"able": "4"}, {"able": 1.0})]) is None
