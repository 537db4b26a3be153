"""What a collection is asked for, and all of it done: wired, run, written."""

import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from jisi.collecting.buying import Buyer
from jisi.collecting.collect import Collect, Wanted, Watcher
from jisi.collecting.forecast import Forecast, forecast
from jisi.collecting.journal import FILE, Journal, read_journal
from jisi.collecting.judging import grader_maker
from jisi.collecting.marking import Marker
from jisi.collecting.records import WrittenBank, check_meta, write_bank
from jisi.collecting.tally import ModelTally
from jisi.collecting.task_questions import planned_questions, task_remarks
from jisi.collecting.turns import Turns, own_turns
from jisi.errors import InputError
from jisi.grading.registry import Tools
from jisi.ledger.calls import CallPolicy
from jisi.llm.budget import Budget
from jisi.llm.client import LLMClient
from jisi.llm.errors import KeyMissing
from jisi.llm.spec import ModelSpec, Pool
from jisi.support.files import require_bank_name

POLICY = CallPolicy()
"""That of the services: attempts, backoff, longest completion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """Calls that had begun and not ended when an earlier run was killed: whether they were billed is not known."""

    calls: int
    reserved: float
    """USD, counted as spent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectResult:
    """What came of a run."""

    written: WrittenBank
    tallies: Mapping[str, ModelTally]
    budget_ended: str | None
    """Which bound kept calls from being made, in a sentence."""
    calls: int
    """Of this run, every attempt and every call to the judge counted."""
    cost: float
    """USD of this run."""
    all_calls: int
    """Of all runs on this work folder."""
    all_cost: float
    """USD of all runs."""
    interrupted: Interrupted

    @property
    def failures(self) -> int:
        """Cells that stay empty for another reason than the budget."""
        return sum(tally.failures for tally in self.tallies.values())

    @property
    def missing(self) -> int:
        """Answers still wanted, with their grades."""
        return sum(tally.missing for tally in self.tallies.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectRequest:
    """Which questions are put to which models, and what that may take."""

    tasks: Sequence[str]
    """`NAME`, `NAME:COUNT`, `NAME=FILE`: see `jisi.tasks`."""
    pool: Pool
    models: Sequence[str] | None = None
    """Names of some of the eligible models; None: all."""
    judge: str | None = None
    """Name of the model that judges, where a grader needs one."""
    samples: int = 1
    limit: int | None = None
    """Questions of each task; None: all."""
    concurrency: int = 16
    """Calls at once over all models."""

    def wanted(self) -> Wanted:
        """Read the tasks and choose the models.

        Raises:
            InputError: a task or a model is not there, or a task needs a judge and none is named.
        """
        return Wanted(
            questions=planned_questions(self.tasks, limit=self.limit, judge=self.judge_spec),
            models=self._chosen(),
            samples=self.samples,
            policy=POLICY,
        )

    @property
    def judge_spec(self) -> ModelSpec | None:
        """The judge; it need not be eligible, for it answers no question."""
        if self.judge is None:
            return None
        return _of_pool(self.judge, self.pool.models, "--judge")

    def remarks(self) -> list[str]:
        """Say what of the tasks' data is left out, and why."""
        return task_remarks(self.tasks)

    def forecast(self, wanted: Wanted, work: Path, *, bank_tokens: Mapping[str, float]) -> Forecast:
        """Say what is missing and what it would take."""
        history, _ = read_journal(work / FILE)
        return forecast(wanted, history, judge=self.judge_spec, bank_tokens=bank_tokens, concurrency=self.concurrency)

    async def run(
        self,
        wanted: Wanted,
        out: Path,
        work: Path,
        *,
        max_cost: float | None,
        max_calls: int | None,
        watcher: Watcher,
        turns: Turns | None = None,
    ) -> CollectResult:
        """Ask, grade and write.

        Args:
            wanted: what `wanted` gave.
            out: the bank file.
            work: the folder of the journal.
            max_cost: USD that all runs on this folder may spend together; None: no bound.
            max_calls: calls that they may make; None: no bound.
            watcher: shown how far it is.
            turns: limits and cool-downs; None: this process's own.

        Raises:
            JournalError: another process works on the folder, its journal is damaged, or the disk is full.
            InputError: the bank's files would replace another's.
        """
        check_out(out)
        judge = self.judge_spec
        if judge is not None and not _has_key(judge):
            raise InputError(f"The key of the judge {judge.name} is to be in {judge.api_key_env}, which is not set.")
        async with AsyncExitStack() as stack:
            journal = await stack.enter_async_context(Journal(work))
            client = await stack.enter_async_context(LLMClient())
            history = journal.history
            before = (history.calls, history.spent)
            interrupted = Interrupted(
                calls=len(journal.interrupted), reserved=sum(begun.reserved for begun in journal.interrupted.values())
            )
            budget = Budget(max_cost=max_cost, max_calls=max_calls, cost=history.spent, calls=history.calls)
            turns = turns or own_turns(concurrency=self.concurrency)
            buyer = Buyer(client=client, journal=journal, budget=budget, turns=turns, policy=POLICY)
            marker = Marker(journal=journal, graders=grader_maker(Tools(), buyer, journal, judge), judge=judge)
            collect = Collect(
                wanted,
                history=history,
                budget=budget,
                buyer=buyer,
                marker=marker,
                watcher=watcher,
                concurrency=self.concurrency,
            )
            for spec in wanted.models:
                if not _has_key(spec):
                    turns.give_up(spec, KeyMissing(f"the key of {spec.name} is to be in {spec.api_key_env}"))
            await collect.run()
            for name, given_up in turns.given_up.items():
                if name in collect.tallies:
                    collect.tallies[name].given_up = given_up.cause
            written = write_bank(out, wanted, tasks=self.tasks, journal=journal, marker=marker)
            return CollectResult(
                written=written,
                tallies=collect.tallies,
                budget_ended=budget.ended,
                calls=history.calls - before[0],
                cost=history.spent - before[1],
                all_calls=history.calls,
                all_cost=history.spent,
                interrupted=interrupted,
            )

    def _chosen(self) -> tuple[ModelSpec, ...]:
        if self.models is None:
            return self.pool.eligible
        return tuple(_of_pool(name, self.pool.eligible, "--models") for name in dict.fromkeys(self.models))


def check_out(out: Path) -> None:
    """Raise InputError where the bank cannot be written, or would replace another's meta.json."""
    require_bank_name(out)
    check_meta(out)


def _has_key(spec: ModelSpec) -> bool:
    return spec.api_key_env is None or bool(os.environ.get(spec.api_key_env, "").strip())


def _of_pool(name: str, models: Sequence[ModelSpec], option: str) -> ModelSpec:
    there = {spec.name: spec for spec in models}
    if name not in there:
        near = get_close_matches(name, there, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(there)}."
        raise InputError(f"{option}: {name!r} is no model of the pool that can be used so: {hint}")
    return there[name]
