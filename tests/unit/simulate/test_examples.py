"""What a model names as an example of what it can answer, it can answer."""

import pytest
from jisi.simulate.tasks.catalogue import KINDS, understand
from jisi.simulate.tasks.question import TaskKind

_IN_OTHER_WORDS = {"stories", "counting", "dates", "clock", "logic"}
"""Kinds whose example describes the question instead of asking it."""


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.name not in _IN_OTHER_WORDS], ids=lambda kind: kind.name
)
def test_examples_are_understood(kind: TaskKind) -> None:
    """The example, asked as it stands, is a question of its kind."""
    question = understand(kind.example)

    assert question is not None
    assert question.kind == kind.name
