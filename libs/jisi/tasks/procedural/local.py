"""The task `local`: some questions of each kind, and sets of them that share no question."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from random import Random

from jisi.errors import InputError
from jisi.tasks.procedural.draft import Draft, Kind
from jisi.tasks.procedural.kinds import KINDS
from jisi.tasks.question import Question
from jisi.tasks.task import TaskDescription

SEEDS = 10
"""How many sets there are. The key of a question tells the only set it may be in, so no two sets share a question."""
_PATIENCE = 400 * SEEDS
"""Draws without anything new after which a kind is taken to have nothing left for a seed."""


@dataclass(frozen=True, slots=True)
class LocalTask:
    """`count` questions of the set `seed`, one kind after the other in turn.

    A larger count begins with the questions of a smaller one.
    """

    count: int
    seed: int = 0
    kinds: tuple[Kind, ...] = KINDS

    def __post_init__(self) -> None:
        """Refuse a set that is not there."""
        if self.count < 1:
            raise InputError(f"local:{self.count}: ask for at least one question")
        if not 0 <= self.seed < SEEDS:
            raise InputError(
                f"local:{self.count}:{self.seed}: the seed must be from 0 to {SEEDS - 1}: these sets share no question"
            )

    @property
    def name(self) -> str:
        """As in a spec."""
        return "local"

    @property
    def description(self) -> TaskDescription:
        """What there is to know of it."""
        return local_description()

    def questions(self) -> Iterator[Question]:
        """Give the questions; InputError where the kinds together have not as many."""
        given = 0
        for question in islice(_in_turn([questions_of(kind, self.seed) for kind in self.kinds]), self.count):
            given += 1
            yield question
        if given < self.count:
            raise InputError(
                f"local:{self.count}:{self.seed}: there are only {given} questions of seed {self.seed}; ask for fewer"
            )

    def remarks(self) -> tuple[str, ...]:
        """Nothing is left out."""
        return ()


def local_description() -> TaskDescription:
    """What there is to know of the task, whatever its count and seed."""
    return TaskDescription(
        title="JiSi's own small questions",
        homepage="https://arxiv.org/abs/2601.01330",
        licence="MIT",
        data=f"made on the spot: local:COUNT or local:COUNT:SEED, with a seed from 0 (default) to {SEEDS - 1}",
        grader="normalised, exact, maths or choice, by kind",
    )


def questions_of(kind: Kind, seed: int) -> Iterator[Question]:
    """Give the questions of a kind in the set `seed`, until it has no more."""
    dataset = f"local-{kind.name}"
    for number, draft in enumerate(_drafts(kind, seed)):
        yield Question(
            id=f"{dataset}/{seed}-{number}",
            dataset=dataset,
            prompt=draft.prompt,
            reference=draft.reference,
            grader=draft.grader,
            split=None,
        )


def set_of(kind: str, key: str) -> int:
    """Tell the one set that a question belongs to."""
    return int.from_bytes(blake2b(f"{kind}/{key.casefold()}".encode(), digest_size=8).digest(), "big") % SEEDS


def _drafts(kind: Kind, seed: int) -> Iterator[Draft]:
    rng = Random(f"{kind.name}/{seed}")  # noqa: S311  # the same questions everywhere are the purpose
    met: set[str] = set()
    in_vain = 0
    while in_vain < _PATIENCE:
        draft = kind.draw(rng)
        in_vain += 1
        if draft.key not in met and set_of(kind.name, draft.key) == seed:
            met.add(draft.key)
            in_vain = 0
            yield draft


def _in_turn(streams: list[Iterator[Question]]) -> Iterator[Question]:
    """Give one of each stream again and again, passing over those that have ended."""
    while streams:
        going = []
        for stream in streams:
            question = next(stream, None)
            if question is not None:
                going.append(stream)
                yield question
        streams = going
