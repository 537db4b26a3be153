"""What a task is: questions, and what there is to know of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from jisi.tasks.question import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDescription:
    """What a person should know of a task before it is run."""

    title: str
    homepage: str
    licence: str
    """Of the questions, as their publisher states it."""
    data: str
    """Which file of which published dataset it reads, and where the user gets it."""
    grader: str
    needs: tuple[str, ...] = ()
    """What its grader needs beside this machine's Python: `judge`, `sandbox`, `container`, `math-verify`."""


class Task(Protocol):
    """A source of questions; reading it twice gives the same questions in the same order."""

    @property
    def name(self) -> str:
        """As in a spec: `aime`, `local`."""
        ...

    @property
    def description(self) -> TaskDescription:
        """What there is to know of it."""
        ...

    def questions(self) -> Iterator[Question]:
        """Give the questions, one after the other.

        Raises:
            InputError: names file, row and field of what cannot be read.
        """
        ...

    def remarks(self) -> tuple[str, ...]:
        """Say what is left out of the data, and how much of it; reads it once.

        Raises:
            InputError: as `questions`.
        """
        ...
