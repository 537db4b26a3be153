"""What graders are told is read strictly."""

from typing import Any

import pytest
from jisi.errors import InputError
from jisi.grading.references import (
    AnswerReference,
    AnswersReference,
    BaselineReference,
    ChoiceReference,
    CodeReference,
    PatchReference,
    read,
)

PATCH = {"image": "a", "test_command": "pytest -rA", "fail_to_pass": ["t::a"]}


@pytest.mark.parametrize(
    ("model", "given", "named"),
    [
        (AnswerReference, {}, "answer: Field required"),
        (AnswerReference, {"answer": ""}, "answer:"),
        (AnswerReference, {"answer": "4", "anwser": "5"}, "anwser:"),
        (AnswersReference, {"answer": []}, "answer: must hold at least one accepted answer"),
        (ChoiceReference, {"answer": "c", "choices": 4}, "answer:"),
        (ChoiceReference, {"answer": "E", "choices": 4}, "one of the 4 choices ABCD"),
        (ChoiceReference, {"answer": "A", "choices": ["only"]}, "between 2 and 10"),
        (BaselineReference, {"baseline": ""}, "baseline:"),
        (CodeReference, {"tests": []}, "tests:"),
        (CodeReference, {"tests": [{"stdin": "1"}]}, "tests.0.stdin.stdout: Field required"),
        (CodeReference, {"tests": [{"arguments": [1], "returns": 1}]}, "`entry_point` must name the function"),
        (CodeReference, {"tests": [{"asserts": "x"}], "seconds": float("inf")}, "seconds:"),
        (PatchReference, {**PATCH, "image": "--privileged"}, "image:"),
        (PatchReference, {**PATCH, "fail_to_pass": []}, "fail_to_pass:"),
        (PatchReference, {**PATCH, "log": "tap"}, "log:"),
    ],
)
def test_a_wrong_reference_is_told_by_its_field(model: Any, given: dict[str, Any], named: str) -> None:
    """The sentence names the field, so that the task's author finds it."""
    with pytest.raises(InputError, match="the reference of a question is wrong") as raised:
        read(model, given)

    assert named in str(raised.value)


def test_no_object_is_no_reference() -> None:
    """A list or text in its place is told as such."""
    with pytest.raises(InputError, match="must be a JSON object"):
        read(AnswerReference, ["4"])  # type: ignore[arg-type]


def test_a_number_is_read_as_it_is_written() -> None:
    """Tasks may give numbers and single answers as they come."""
    assert read(AnswersReference, {"answer": 42}).answer == ("42",)
    assert read(AnswersReference, {"answer": ["a", 1.5]}).answer == ("a", "1.5")


def test_tests_of_all_kinds_are_read() -> None:
    """Standard input, calls and asserts may stand beside each other."""
    tests = [{"stdin": "1", "stdout": "2"}, {"arguments": [1], "returns": None}, {"asserts": "assert True"}]
    given = read(CodeReference, {"tests": tests, "entry_point": "f"})

    assert [test.model_dump() for test in given.tests] == [
        {"stdin": "1", "stdout": "2"},
        {"arguments": (1,), "returns": None},
        {"asserts": "assert True"},
    ]
