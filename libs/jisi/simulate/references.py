"""Reads the references out of an aggregation prompt: their final answers, and the confidences where they are given."""

import re
from dataclasses import dataclass

from jisi.simulate.tasks.question import final_answer, final_answers

_QUOTED = re.compile(
    r"^<<<RESPONSE (\d+) OF \d+ (\w+)>>>\n(.*?)\n<<<END OF RESPONSE \1 \2>>>$", re.DOTALL | re.MULTILINE
)
"""A response as our aggregation prompt quotes it (jisi.llm.quoting); a test holds the two together."""
_CONFIDENCE = re.compile(r"^Confidence in response (\d+): (\d\.\d+)$", re.MULTILINE)
_RANK_DISCOUNT = 0.15
"""Each later reference counts this much less than the one before: they come best first."""
_LEAST_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What one reference says in the end."""

    answer: str
    weight: float
    """Its confidence where the prompt tells it, else by its rank."""


def read_references(system_text: str) -> list[GivenAnswer]:
    """Return the answers of the references, best first; those that state none are left out.

    In a prompt of another make, every `Answer:` at the beginning of a line counts as one reference.
    """
    quoted = _QUOTED.findall(system_text)
    if not quoted:
        return [GivenAnswer(answer, _weight(rank)) for rank, answer in enumerate(final_answers(system_text))]
    confidences = {int(number): float(score) for number, score in _CONFIDENCE.findall(system_text)}
    return [
        GivenAnswer(answer, confidences.get(int(number), _weight(rank)))
        for rank, (number, _, text) in enumerate(quoted)
        if (answer := final_answer(text)) is not None
    ]


def _weight(rank: int) -> float:
    return max(_LEAST_WEIGHT, 1 - _RANK_DISCOUNT * rank)
