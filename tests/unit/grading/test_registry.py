"""Graders by name."""

import pytest
from jisi.errors import InputError
from jisi.grading.judging import Judge
from jisi.grading.registry import create_grader, grader_names, needs_judge
from jisi.llm.client import LLMClient
from jisi.llm.spec import ModelSpec

SPEC = ModelSpec(name="j", base_url="http://127.0.0.1:9/v1", model="j", prompt_price=1, completion_price=1)


async def test_every_name_makes_a_grader() -> None:
    """Those that judge need a judge, and say so."""
    async with LLMClient(environment={}) as client:
        for name in grader_names():
            assert create_grader(name, judge=Judge(client, SPEC)) is not None
            if needs_judge(name):
                with pytest.raises(InputError, match="say which model of the pool judges"):
                    create_grader(name)


def test_an_unknown_name_is_told_the_known_ones() -> None:
    """So that a misspelt one is mended at once."""
    with pytest.raises(InputError, match="no grader 'math': choose one of exact, normalised, choice, maths,"):
        create_grader("math")
