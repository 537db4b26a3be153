"""The rows that are asked anew: which of the tested ones, what is asked, and what was recorded of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jisi.evaluation.live.grading import Gold
from jisi.evaluation.recordings.reading import lines_of
from jisi.llm.request import Message
from jisi.routing.arrays import Positions
from jisi.support.lines import BankLine, ItemKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A row that is asked anew."""

    key: ItemKey
    messages: tuple[Message, ...]
    """The chat that experts and aggregators get: the query as it stands, as the services ask it.

    What else the recorded models may have been told of the form of an answer, a bank does not say.
    """
    gold: Gold
    responses: Mapping[str, str | None]
    """What was recorded, by model."""
    scores: Mapping[str, float | bool | None]

    @property
    def name(self) -> str:
        """As endpoints are told what a call is about."""
        return f"{self.key.dataset}/{self.key.index}"


def evenly_spread(rows: Positions, count: int, *, seed: int) -> Positions:
    """Choose so many rows at equal distances, in their order; the seed says where to begin. All, if there are fewer.

    Files are sorted by dataset: so each has its share.
    """
    ordered = np.sort(rows)
    if count >= len(ordered):
        return ordered
    begin = np.random.default_rng(seed).integers(len(ordered))
    chosen: Positions = ordered[(np.arange(count) * len(ordered) + begin) // count]
    return chosen


def read_items(files: Sequence[Path], keys: Sequence[ItemKey]) -> list[Item]:
    """Read the rows of these keys from the bank files, in the order of the keys.

    Raises:
        InputError: a file is wrong; names it and the line.
    """
    wanted, found = set(keys), {}
    for file in files:
        found.update({line.key: _item(line) for line in lines_of(file) if line.key in wanted})
    return [found[key] for key in keys]


def _item(line: BankLine) -> Item:
    return Item(
        key=line.key,
        messages=({"role": "user", "content": line.query},),
        gold=Gold.of(line.query, line.content.get("gt")),
        responses=line.responses,
        scores=line.scores,
    )
