"""A live evaluation from beginning to end: rows are chosen, fusions made within bounds, and measured."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jisi.errors import InputError
from jisi.evaluation.live.asking import Asker
from jisi.evaluation.live.fusing import MakeFusions
from jisi.evaluation.live.grading import agreement
from jisi.evaluation.live.items import evenly_spread, read_items
from jisi.evaluation.live.measuring import LiveMeasurement, measure_live
from jisi.evaluation.live.routers import Decided, decided
from jisi.evaluation.live.spending import Spending
from jisi.evaluation.live.store import CallStore
from jisi.evaluation.routers.protocol import Router
from jisi.evaluation.routers.single import BestSingleRouter
from jisi.evaluation.running import Evaluation
from jisi.evaluation.splits import rows_under_test
from jisi.llm.client import LLMClient
from jisi.llm.spec import Pool

Progress = Callable[[int, int, Asker], None]
"""Told how many rows of how many are done with, and who knows what was asked and spent so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResult:
    """What came of asking a pool."""

    routers: Sequence[LiveMeasurement]
    best_single: LiveMeasurement
    """The recorded responses of the best single model on the same rows, graded alike."""
    grader_agreement: float | None
    """Share of these rows' recorded responses whose grade is their score; None: none could be graded."""
    calls: int
    """Of this run, every attempt counted."""
    kept_calls: int
    """Answers that were on disk already."""
    cost: float
    """USD of this run."""
    failed_calls: Mapping[str, int]
    """Of this run, by model and cause."""
    stopped: str | None
    """Which bound ended the asking, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRequest:
    """What is to be asked of whom."""

    pool: Pool
    files: Sequence[Path]
    """The bank's, where the rows' texts are."""
    rows: int
    """How many of the tested ones."""
    store: Path
    max_cost: float | None = None
    max_calls: int | None = None

    async def run(self, evaluation: Evaluation, routers: Sequence[Router], *, progress: Progress) -> LiveResult:
        """Make all fusions of these routers on some of the tested rows.

        Raises:
            InputError: nobody fuses any of the rows, or a model to ask is not in the pool or lacks its key.
        """
        chosen = evenly_spread(rows_under_test(evaluation.folds), self.rows, seed=evaluation.seed)
        *deciding, best_single = decided(evaluation, [*routers, BestSingleRouter()], chosen)
        self._check(deciding)
        items = read_items(self.files, best_single.recorded.keys)
        plans = list(zip(*(one.fusions for one in deciding), strict=True))
        spending = Spending(max_cost=self.max_cost, max_calls=self.max_calls)
        with CallStore(self.store) as store:
            async with LLMClient() as client:
                asker = Asker(pool=self.pool, client=client, store=store, spending=spending)
                progress(0, len(items), asker)
                results = await MakeFusions(asker, self.pool).run(
                    items, plans, done=lambda rows: progress(rows, len(items), asker)
                )
        return LiveResult(
            routers=[
                measure_live(one, items, made) for one, made in zip(deciding, zip(*results, strict=True), strict=True)
            ],
            best_single=measure_live(best_single, items, [None] * len(items), name=best_single.recorded.router),
            grader_agreement=agreement((item.gold, item.responses, item.scores) for item in items),
            calls=spending.calls,
            kept_calls=asker.kept,
            cost=spending.cost,
            failed_calls=dict(asker.failures),
            stopped=spending.ended,
        )

    def _check(self, deciding: Sequence[Decided]) -> None:
        """See that there is something to ask, whom, and the keys for it."""
        fusions = [fusion for one in deciding for fusion in one.fusions if fusion is not None]
        if not fusions:
            raise InputError(
                "There is nothing to ask a live pool: none of the routers fuses any of these rows. Name some that do, "
                "such as --routers moa:3,self-fusion:3,jisi, or take more rows by --live-rows."
            )
        asked = dict.fromkeys(model for fusion in fusions for model in (*fusion.asked, fusion.aggregator))
        there = {spec.name: spec for spec in self.pool.eligible}
        missing = [model for model in asked if model not in there]
        if missing:
            raise InputError(
                f"The live pool has no model {', '.join(missing)}, which is to be asked: add it under the bank's name, "
                "or leave --pool out, so that routers choose among the live pool's models."
            )
        variables = {variable for model in asked if (variable := there[model].api_key_env) is not None}
        unset = sorted(variable for variable in variables if not os.environ.get(variable, "").strip())
        if unset:
            raise InputError(f"Keys of the live pool are to be in the environment: set {', '.join(unset)}.")
