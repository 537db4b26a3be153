"""What a grader is, and what it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from jisi.errors import TransientError

Reference = Mapping[str, Any]
"""What a task definition gives with a question: a JSON object, whose fields are those of `jisi.grading.references`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCall:
    """One call to a judge, as it is billed."""

    model: str
    """The judge's name in the pool."""
    prompt_tokens: int
    completion_tokens: int
    """Reasoning included, as endpoints bill it."""
    cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How right one response is."""

    score: float
    """In [0, 1]."""
    answer: str | None
    """What was read as the final answer; None where none could be read or none is looked for."""
    why: str
    """A short sentence for people."""
    calls: tuple[JudgeCall, ...] = ()
    """What it took of a judge."""


class Grader(Protocol):
    """Grades responses; one instance serves any number of calls at once."""

    async def grade(self, question: str, response: str, reference: Reference) -> Grade:
        """Grade a response to a question.

        Args:
            question: as it was put to the model.
            response: as the model gave it; reasoning blocks may still be in it.
            reference: what is right.

        Raises:
            InputError: a field of the reference is missing or wrong.
            GradingUnavailableError: the grader could not work; grade the same response later.
        """
        ...


class GradingUnavailableError(TransientError):
    """A judge, sandbox or engine failed: this says nothing about the response, which can be graded later."""

    code = "grading_unavailable"

    def __init__(self, message: str, *, calls: Sequence[JudgeCall] = ()) -> None:
        super().__init__(message)
        self.calls = tuple(calls)
        """What had been paid to a judge by then."""
