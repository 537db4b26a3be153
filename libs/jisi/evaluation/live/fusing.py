"""Making fusions for real: a row's experts are asked, their responses fused; row after row, some at a time."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jisi.evaluation.live.asking import Asker, Said
from jisi.evaluation.live.endpoints import CallFailedError
from jisi.evaluation.live.items import Item
from jisi.evaluation.live.questions import Question, question_to_aggregator, question_to_expert
from jisi.evaluation.routers.outcome import Fusion
from jisi.llm.budget import BudgetEndedError
from jisi.llm.spec import Pool

ROWS_AT_ONCE = 8
"""Whose calls are under way together; each model's own limits hold besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A fusion that was really made."""

    experts: Sequence[Said]
    """All responses that were asked for, samples in their order."""
    references: Sequence[Said]
    """Those that were fused, best first: the usable ones, those cut off only where none is whole (ALGORITHM.md 0)."""
    fused: Said | None
    """None: no response was usable, so there was nothing to fuse and there is no answer."""

    @property
    def calls(self) -> Sequence[Said]:
        """All calls behind the answer."""
        return self.experts if self.fused is None else [*self.experts, self.fused]


@dataclass(frozen=True, slots=True)
class Lost:
    """A fusion that could not be made; it says nothing of the answer."""

    cause: str | None
    """Model and error of the call that failed; None: a bound was reached before all was asked."""


Result = Made | Lost
Progress = Callable[[int], None]
"""Told how many rows are done with."""


class MakeFusions:
    """Makes the fusions of several routers on the same rows; what two of them ask alike is asked once."""

    def __init__(self, asker: Asker, pool: Pool) -> None:
        self._asker = asker
        self._specs = {spec.name: spec for spec in pool.eligible}

    async def run(
        self, items: Sequence[Item], plans: Sequence[Sequence[Fusion | None]], *, done: Progress
    ) -> list[Sequence[Result | None]]:
        """Make `plans[row]`, one of each router, for each row; None where there is none to make.

        Where a bound is near, rows are begun one after the other, so that there are whole ones before it is met.
        """
        results: list[Sequence[Result | None]] = [() for _ in plans]
        spending = self._asker.spending
        under_way: set[asyncio.Task[None]] = set()

        async def make(place: int) -> None:
            results[place] = await self._row(items[place], plans[place])
            spending.row_ended()
            done(spending.rows)

        async with asyncio.TaskGroup() as group:
            for place, row in enumerate(plans):
                calls = sum(sum(fusion.asked.values()) + 1 for fusion in row if fusion is not None)
                while under_way and not (
                    len(under_way) < ROWS_AT_ONCE and spending.has_room_beside(len(under_way), calls=calls)
                ):
                    _, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                under_way.add(group.create_task(make(place)))
        return results

    async def _row(self, item: Item, row: Sequence[Fusion | None]) -> list[Result | None]:
        async with asyncio.TaskGroup() as group:
            making = [None if fusion is None else group.create_task(self._result(item, fusion)) for fusion in row]
        return [None if task is None else task.result() for task in making]

    async def _result(self, item: Item, fusion: Fusion) -> Result:
        questions = [
            question_to_expert(item, self._specs[model], sample=sample, policy=self._asker.policy)
            for model, times in fusion.asked.items()
            for sample in range(times)
        ]
        for question in questions:
            if (gone := self._asker.hopeless(question)) is not None:
                return _lost(gone)
        ended = await asyncio.gather(*map(self._ask, questions))
        for one in ended:
            if isinstance(one, Lost):
                return one
        experts = [one for one in ended if isinstance(one, Said)]
        usable = [one for model in fusion.references for one in experts if one.model == model and one.usable]
        references = [one for one in usable if not one.cut_off] or usable
        if not references:
            return Made(experts=experts, references=(), fused=None)
        responses = [(one.model, one.text) for one in references]
        aggregator = self._specs[fusion.aggregator]
        fused = await self._ask(question_to_aggregator(item, aggregator, responses, policy=self._asker.policy))
        return fused if isinstance(fused, Lost) else Made(experts=experts, references=references, fused=fused)

    async def _ask(self, question: Question) -> Said | Lost:
        """Ask; a call that fails does not keep others of the row from ending, which are paid for."""
        try:
            return await self._asker.ask(question)
        except (CallFailedError, BudgetEndedError) as error:
            return _lost(error)


def _lost(error: CallFailedError | BudgetEndedError) -> Lost:
    return Lost(f"{error.model}: {error.cause}" if isinstance(error, CallFailedError) else None)
