"""How far a collection is, model by model, and what came of it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from jisi.collecting.entries import Place

RIGHT = 0.5
"""From this score on an answer counts as right."""

Step = Literal["call", "grading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A cell of the bank that stays empty in this run, though its model may know the answer."""

    place: Place
    step: Step
    cause: str
    """Code of the error; `budget` where a bound kept a call from being made."""
    message: str


@dataclass(slots=True, kw_only=True)
class ModelTally:
    """One model."""

    model: str
    total: int
    """Answers wanted: questions times samples."""
    kept: int = 0
    """Answered and graded by earlier runs."""
    done: int = 0
    """Answered and graded, earlier runs included."""
    right: int = 0
    """Of those, with a score of at least one half."""
    score: float = 0.0
    """Sum of their scores."""
    changed: int = 0
    """Asked anew, because the question or the way it is asked is not that of an earlier run."""
    failed: Counter[str] = field(default_factory=Counter)
    """Calls without an answer, by cause."""
    not_graded: Counter[str] = field(default_factory=Counter)
    """Answers without a grade, by cause."""
    beyond_budget: int = 0
    """Calls that a bound kept from being made, those to judges included."""
    given_up: str | None = None
    """Why the model was not asked to the end; None: it was."""
    examples: dict[str, str] = field(default_factory=dict)
    """A message of each cause."""

    @property
    def failures(self) -> int:
        """Cells that stay empty for another reason than the budget."""
        return self.failed.total() + self.not_graded.total()

    @property
    def missing(self) -> int:
        """Answers still wanted, with their grades."""
        return self.total - self.done

    def take(self, score: float, *, kept: bool = False) -> None:
        """Count an answer with its grade."""
        self.done += 1
        self.kept += kept
        self.right += score >= RIGHT
        self.score += score

    def fail(self, failure: Failure) -> None:
        """Count a cell that stays empty."""
        if failure.cause == "budget":
            self.beyond_budget += 1
            return
        (self.failed if failure.step == "call" else self.not_graded)[failure.cause] += 1
        self.examples.setdefault(failure.cause, failure.message)
