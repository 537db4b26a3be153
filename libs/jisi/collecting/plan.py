"""What is to be asked: a question, its place in the bank, and what its grader is told, which stays on disk."""

import json
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from jisi.collecting.calls import digest
from jisi.contracts.texts import storable
from jisi.support.lines import Split
from jisi.tasks.question import Question


class _Ticket(NamedTuple):
    """Where a reference lies."""

    offset: int
    size: int


class References:
    """What graders are told of questions, packed in a file without a name: the tests of a program may be megabytes."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - as long as this lives; the system removes it
        self._end = 0

    def __del__(self) -> None:
        """Let go of the file."""
        self._file.close()

    def put(self, reference: Mapping[str, Any]) -> _Ticket:
        """Keep one."""
        packed = zlib.compress(json.dumps(dict(reference)).encode(), 1)
        self._file.seek(self._end)
        self._file.write(packed)
        ticket = _Ticket(self._end, len(packed))
        self._end += len(packed)
        return ticket

    def get(self, ticket: _Ticket) -> Mapping[str, Any]:
        """Give one back."""
        self._file.seek(ticket.offset)
        reference: Mapping[str, Any] = json.loads(zlib.decompress(self._file.read(ticket.size)))
        return reference


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedQuestion:
    """A question and where it stands in the bank."""

    id: str
    """The same in every run."""
    dataset: str
    prompt: str
    grader: str
    index: int
    """Of its item in the dataset."""
    split: Split
    judged: bool
    """Whether its grader asks a judge."""
    gold: str | int | float | None
    """The right answer, where there is one that is a text or a number; of several the first."""
    reference_digest: str
    """Equal for equal references."""
    references: References
    ticket: _Ticket

    @property
    def reference(self) -> Mapping[str, Any]:
        """What its grader is told of it; read from disk."""
        return self.references.get(self.ticket)


def planned(question: Question, references: References, *, index: int, judged: bool) -> PlannedQuestion:
    """Give a question its place; what belongs to no part of a benchmark may all serve as evidence."""
    return PlannedQuestion(
        id=question.id,
        dataset=question.dataset,
        prompt=question.prompt,
        grader=question.grader,
        index=index,
        split=question.split or "train",
        judged=judged,
        gold=_gold(question.reference),
        reference_digest=digest(dict(question.reference)),
        references=references,
        ticket=references.put(question.reference),
    )


def _gold(reference: Mapping[str, Any]) -> str | int | float | None:
    answer = reference.get("answer")
    if isinstance(answer, list | tuple) and answer:
        answer = answer[0]
    if isinstance(answer, bool):
        return None
    if isinstance(answer, str):
        return storable(answer)
    return answer if isinstance(answer, int | float) else None
