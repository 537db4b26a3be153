"""A published benchmark as a task: its rows become questions of one dataset, in two parts."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from jisi.errors import InputError
from jisi.tasks.question import Question
from jisi.tasks.rows import files_of
from jisi.tasks.split import train_prompts
from jisi.tasks.task import TaskDescription

REPEATED = "the same question again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A row as it is asked."""

    id: str
    """Within the benchmark; else `id_of` its text."""
    prompt: str
    reference: Callable[[], Mapping[str, Any]]
    """Makes what the grader is told, which may be large."""
    place: str
    """File and row."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is not asked, and why, in words that fit into parentheses."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """How one benchmark is read."""

    name: str
    description: TaskDescription
    read: Callable[[Sequence[Path]], Iterator[Item | LeftOut]]
    """Reads its files, in the order of its published rows."""


@dataclass(frozen=True, slots=True)
class BenchmarkTask:
    """A benchmark on the files that the user has of it."""

    benchmark: Benchmark
    paths: tuple[Path, ...]

    @property
    def name(self) -> str:
        """As in a spec."""
        return self.benchmark.name

    @property
    def description(self) -> TaskDescription:
        """What there is to know of it."""
        return self.benchmark.description

    def questions(self) -> Iterator[Question]:
        """Give the questions in the order of the file; reads it twice, for its parts depend on how many there are."""
        train = train_prompts(item.prompt for item in self._items())
        for item in self._items():
            yield Question(
                id=f"{self.name}/{item.id}",
                dataset=self.name,
                prompt=item.prompt,
                reference=item.reference(),
                grader=self.description.grader,
                split="train" if item.prompt in train else "test",
            )

    def remarks(self) -> tuple[str, ...]:
        """Say how many rows are left out, and why."""
        counts = Counter(row.why for row in self._rows() if isinstance(row, LeftOut))
        return tuple(f"{self.name}: rows left out: {count} ({why})" for why, count in sorted(counts.items()))

    def _items(self) -> Iterator[Item]:
        empty = True
        for row in self._rows():
            if isinstance(row, Item):
                empty = False
                yield row
        if empty:
            raise InputError(f"{', '.join(map(str, self.paths))}: holds no question of {self.name}")

    def _rows(self) -> Iterator[Item | LeftOut]:
        met: dict[str, tuple[str, str]] = {}  # no rows: those of LiveCodeBench take gigabytes
        for row in self.benchmark.read(files_of(self.paths)):
            if isinstance(row, LeftOut):
                yield row
                continue
            asked = id_of(row.prompt)
            if row.id not in met:
                met[row.id] = asked, row.place
                yield row
            elif met[row.id][0] == asked:
                yield LeftOut(REPEATED)
            else:
                raise InputError(f"{row.place}: {row.id!r} is another question in {met[row.id][1]}")


def id_of(text: str) -> str:
    """Name a question of a benchmark that numbers none, whichever file and row it stands in."""
    return blake2b(text.strip().encode(), digest_size=6).hexdigest()
