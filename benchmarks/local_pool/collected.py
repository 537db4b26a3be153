"""Every expert's own response to every fresh question, by the engine of `jisi bank collect`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from jisi.collecting.collect import Cell, Wanted
from jisi.collecting.entries import Graded
from jisi.collecting.history import Answer
from jisi.collecting.journal import FILE, read_journal
from jisi.collecting.request import CollectRequest, CollectResult
from jisi.collecting.tally import Failure, ModelTally
from jisi.errors import PermanentError
from jisi.llm.budget import Budget
from jisi.llm.spec import Pool

from benchmarks.local_pool.view import MeasuringView, Part


class NotMeasuredError(PermanentError):
    """Part of the calls had no answer, so that there is nothing to compare yet."""

    code = "not_measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What the experts did."""

    file: Path
    """A bank file: a row for each question."""
    seconds: Mapping[str, float]
    """Median of a call, by model."""


async def collect(spec: str, pool: Pool, folder: Path, *, at_once: int, view: MeasuringView) -> Collected:
    """Ask and grade what is still missing.

    Raises:
        NotMeasuredError: answers are missing.
    """
    request = CollectRequest(tasks=[spec], pool=pool, concurrency=at_once)
    wanted = request.wanted()
    out, work = folder / "experts" / "bank.jsonl.gz", folder / "experts" / "work"
    out.parent.mkdir(parents=True, exist_ok=True)
    watcher = _Watcher(view)
    result = await request.run(wanted, out, work, max_cost=None, max_calls=None, watcher=watcher)
    if result.missing:
        raise NotMeasuredError(
            f"{result.missing} answers of the experts are missing ({_why(result)}): the same command asks again."
        )
    return Collected(file=out, seconds=_seconds(wanted, work / FILE))


class _Watcher:
    """Shows how far the collection is."""

    def __init__(self, view: MeasuringView) -> None:
        self._view = view
        self._part: Part | None = None

    def began(self, tallies: Mapping[str, ModelTally], budget: Budget) -> None:
        """Begin the bar where earlier runs have ended."""
        del budget
        total, done = (sum(getattr(one, name) for one in tallies.values()) for name in ("total", "done"))
        self._part = self._view.part("experts alone", total=total, done=done)

    def graded(self, graded: Graded, answer: Answer) -> None:
        """Move on."""
        del graded, answer
        self._advance()

    def failed(self, failure: Failure) -> None:
        """Move on by what stays empty."""
        self._advance(f"{failure.place.model}: {failure.message}")

    def _advance(self, note: str = "") -> None:
        assert self._part is not None, "a collection begins before it goes on"
        self._part.advance(note)


def _why(result: CollectResult) -> str:
    said: Sequence[str] = [
        f"{tally.model}: {cause} {count}"
        for tally in result.tallies.values()
        for cause, count in (tally.failed + tally.not_graded).most_common()
    ]
    return ", ".join(said) or "they were not asked"


def _seconds(wanted: Wanted, journal: Path) -> dict[str, float]:
    answers = read_journal(journal)[0].answers
    return {
        spec.name: median(answers[wanted.call(Cell(one, 0), spec).key].seconds for one in wanted.questions)
        for spec in wanted.models
    }
