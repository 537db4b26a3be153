"""A collection from beginning to end: what is missing is asked and graded, model beside model."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from jisi.collecting.buying import Buyer, CallFailedError
from jisi.collecting.calls import Call, call_to_model
from jisi.collecting.entries import Graded, Place
from jisi.collecting.history import Answer, History
from jisi.collecting.marking import Marker, NotGradedError
from jisi.collecting.plan import PlannedQuestion
from jisi.collecting.tally import Failure, ModelTally
from jisi.collecting.turns import GivenUpError
from jisi.ledger.calls import CallPolicy
from jisi.llm.budget import Budget, BudgetEndedError
from jisi.llm.spec import ModelSpec


class Watcher(Protocol):
    """Whoever shows how far a collection is."""

    def began(self, tallies: Mapping[str, ModelTally], budget: Budget) -> None:
        """What earlier runs have is counted; tallies and budget go on being brought forward."""
        ...

    def graded(self, graded: Graded, answer: Answer) -> None:
        """An answer has its grade."""
        ...

    def failed(self, failure: Failure) -> None:
        """A cell stays empty in this run."""
        ...


class Cell(NamedTuple):
    """One answer that is wanted."""

    planned: PlannedQuestion
    sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which models are to answer which questions, how often, and how they are asked."""

    questions: Sequence[PlannedQuestion]
    models: Sequence[ModelSpec]
    samples: int
    policy: CallPolicy

    @property
    def cells(self) -> list[Cell]:
        """What each model is to answer: the tasks evenly mixed, so that a bound leaves something of each."""
        sizes = Counter(planned.dataset for planned in self.questions)
        seen: Counter[str] = Counter()
        parts: list[float] = []  # of each question: which part of its dataset comes before it
        for planned in self.questions:
            dataset = planned.dataset
            parts.append((seen[dataset] + 0.5) / sizes[dataset])
            seen[dataset] += 1
        order = sorted(range(len(self.questions)), key=parts.__getitem__)
        return [Cell(self.questions[number], sample) for number in order for sample in range(self.samples)]

    def call(self, cell: Cell, spec: ModelSpec) -> Call:
        """Give the call that fills a cell."""
        place = Place(cell.planned.dataset, cell.planned.id, spec.name, cell.sample)
        return call_to_model(place, spec, cell.planned.prompt, policy=self.policy)


class Collect:
    """Fills the cells that are empty."""

    def __init__(
        self,
        wanted: Wanted,
        *,
        history: History,
        budget: Budget,
        buyer: Buyer,
        marker: Marker,
        watcher: Watcher,
        concurrency: int,
    ) -> None:
        self.tallies = {
            spec.name: ModelTally(model=spec.name, total=len(wanted.questions) * wanted.samples)
            for spec in wanted.models
        }
        self._wanted = wanted
        self._history = history
        self._budget = budget
        self._buyer = buyer
        self._marker = marker
        self._watcher = watcher
        self._concurrency = concurrency

    async def run(self) -> None:
        """Ask and grade whatever is missing; what fails is counted in `tallies`.

        Raises:
            JournalError: the disk is full.
        """
        cells = self._wanted.cells
        missing = {spec.name: [cell for cell in cells if not self._is_kept(cell, spec)] for spec in self._wanted.models}
        self._watcher.began(self.tallies, self._budget)
        try:
            async with asyncio.TaskGroup() as group:
                for spec in self._wanted.models:
                    waiting = iter(missing[spec.name])
                    at_once = min(spec.limits.concurrency or self._concurrency, self._concurrency)
                    for _ in range(min(at_once, len(missing[spec.name]))):
                        group.create_task(self._work(waiting, spec, group))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    def _is_kept(self, cell: Cell, spec: ModelSpec) -> bool:
        """Tell whether earlier runs have filled a cell, and count it."""
        call, tally = self._wanted.call(cell, spec), self.tallies[spec.name]
        tally.changed += self._history.changed(call.place, spec.name, call.key)
        if call.key not in self._history.answers:
            return False
        graded = self._history.grades.get(self._marker.key(cell.planned, call.key))
        if graded is not None:
            tally.take(graded.score, kept=True)
        return graded is not None

    async def _work(self, waiting: Iterator[Cell], spec: ModelSpec, group: asyncio.TaskGroup) -> None:
        for cell in waiting:
            call = self._wanted.call(cell, spec)
            try:
                answer = await self._buyer.buy(call)
            except (GivenUpError, CallFailedError) as error:
                self._fail(Failure(place=call.place, step="call", cause=error.cause, message=str(error)))
            except BudgetEndedError as error:
                self._fail(Failure(place=call.place, step="call", cause=error.code, message=str(error)))
            else:
                # The model is free for its next question meanwhile.
                group.create_task(self._mark(cell.planned, answer))

    async def _mark(self, planned: PlannedQuestion, answer: Answer) -> None:
        try:
            graded = await self._marker.mark(planned, answer)
        except BudgetEndedError as error:
            self._fail(Failure(place=answer.place, step="grading", cause=error.code, message=str(error)))
        except NotGradedError as error:
            self._fail(Failure(place=answer.place, step="grading", cause=error.cause, message=str(error)))
        else:
            self.tallies[answer.place.model].take(graded.score)
            self._watcher.graded(graded, answer)

    def _fail(self, failure: Failure) -> None:
        self.tallies[failure.place.model].fail(failure)
        self._watcher.failed(failure)
