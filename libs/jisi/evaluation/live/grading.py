"""Grades of texts that no benchmark has graded: by the final answer that can be read in them.

An answer is right where its answer key is that of the bank's `gt`, read with the same query. On recorded responses this
is nearly always the benchmark's own score where a question has one short answer (multiple choice, numbers, the output
of a program). It is harsher where many answers are right and `gt` is one of them, or where scores are partial: so the
recorded responses that live answers are compared with are graded alike, and `agreement` tells how far the grades are
those of the bank.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jisi.answers import answer_key
from jisi.evaluation.metrics.measurement import RIGHT


@dataclass(frozen=True, slots=True)
class Gold:
    """The right answer to a query, as far as it can be read."""

    query: str
    key: str | None
    """None: the bank has no answer, or one that is free text; then nothing is graded."""

    @classmethod
    def of(cls, query: str, given: object) -> "Gold":
        """Read a bank line's `gt`: a text or a number."""
        known = isinstance(given, str | int | float) and not isinstance(given, bool)
        return cls(query, answer_key(query, str(given)) if known else None)

    def grade(self, text: str | None) -> float | None:
        """Give 1 for an answer that is the right one and 0 for any other or none; None where nothing is graded."""
        if self.key is None:
            return None
        return float(text is not None and answer_key(self.query, text) == self.key)


def agreement(
    graded: Iterable[tuple[Gold, Mapping[str, str | None], Mapping[str, float | bool | None]]],
) -> float | None:
    """Give the share of recorded responses whose grade is their score (right: at least 0.5); None: there are none.

    For each row: its right answer, and by model the recorded responses and scores.
    """
    same = [
        (grade >= RIGHT) == (score >= RIGHT)
        for gold, responses, scores in graded
        for model, response in responses.items()
        if response is not None
        and (score := scores.get(model)) is not None
        and (grade := gold.grade(response)) is not None
    ]
    return sum(same) / len(same) if same else None
