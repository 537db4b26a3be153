"""Reading what endpoints say of tokens."""

import pytest
from jisi.llm.usage import Usage, read_usage


def test_as_openai_says_it() -> None:
    """Reasoning is part of the completion and told apart."""
    given = {
        "prompt_tokens": 10,
        "completion_tokens": 50,
        "total_tokens": 60,
        "completion_tokens_details": {"reasoning_tokens": 40},
    }

    assert read_usage(given) == Usage(prompt_tokens=10, completion_tokens=50, reasoning_tokens=40)


def test_reasoning_beside_the_completion() -> None:
    """Where reasoning is in the total only, it was billed as completion."""
    given = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 100}

    assert read_usage(given) == Usage(prompt_tokens=10, completion_tokens=90)


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {},
        {"prompt_tokens": 3},
        {"prompt_tokens": 0, "completion_tokens": 0},
        {"prompt_tokens": "3", "completion_tokens": 4},
        {"prompt_tokens": -1, "completion_tokens": 4},
        {"prompt_tokens": True, "completion_tokens": 4},
        {"prompt_tokens": float("nan"), "completion_tokens": 4},
        {"prompt_tokens": 1e300, "completion_tokens": 4},
    ],
)
def test_nothing_to_go_by(given: object) -> None:
    """What makes no sense counts as not told."""
    assert read_usage(given) is None


def test_odd_details() -> None:
    """Details in a shape of their own do not spoil the counts."""
    given = {"prompt_tokens": 1.0, "completion_tokens": 2, "total_tokens": None, "completion_tokens_details": 7}

    assert read_usage(given) == Usage(prompt_tokens=1, completion_tokens=2)
