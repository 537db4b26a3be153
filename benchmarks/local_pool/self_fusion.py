"""The best single model against itself: sampled several times, its samples fused by it, or counted as votes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jisi.answers import agreeing, answer_keys
from jisi.collecting.plan import PlannedQuestion
from jisi.evaluation.live.asking import Asker, Said
from jisi.evaluation.live.fusing import Made, MakeFusions, Result
from jisi.evaluation.live.grading import Gold
from jisi.evaluation.live.items import Item
from jisi.evaluation.live.spending import Spending
from jisi.evaluation.live.store import CallStore
from jisi.evaluation.routers.outcome import Fusion
from jisi.llm.client import LLMClient
from jisi.llm.spec import Pool

from benchmarks.local_pool.collected import NotMeasuredError
from benchmarks.local_pool.fresh import key_of
from benchmarks.local_pool.grading import grades
from benchmarks.local_pool.live import LiveRow
from benchmarks.local_pool.view import MeasuringView

TEMPERATURE = 0.7
"""Of samples of a model that is greedy otherwise: they would all be the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstItself:
    """Both methods on all questions, in their order."""

    fusion: Sequence[LiveRow]
    """All samples fused by the model itself (Self-MoA, arXiv 2502.00674)."""
    consistency: Sequence[LiveRow]
    """The answer that most samples give (self-consistency, arXiv 2203.11171)."""


def sampled(pool: Pool, model: str) -> Pool:
    """Give a pool of this model alone, warm enough that its samples differ."""
    spec = pool.by_name[model]
    changes: dict[str, float | None] = {"seed": None}
    if spec.sampling.temperature == 0:
        changes["temperature"] = TEMPERATURE
    sampling = spec.sampling.model_copy(update=changes)
    return Pool(models=(spec.model_copy(update={"sampling": sampling}),))


async def ask_against_itself(
    questions: Sequence[PlannedQuestion], pool: Pool, model: str, *, samples: int, file: Path, view: MeasuringView
) -> AgainstItself:
    """Sample, fuse and grade; what was asked before is in the file and not asked again.

    Raises:
        NotMeasuredError: calls failed for good.
    """
    warm = sampled(pool, model)
    part = view.part(f"{model} against itself", total=len(questions))
    fusion = Fusion(asked={model: samples}, references=(model,), aggregator=model)
    with CallStore(file) as store:
        async with LLMClient() as client:
            asker = Asker(pool=warm, client=client, store=store, spending=Spending())
            results = await MakeFusions(asker, warm).run(
                [_item(question) for question in questions],
                [(fusion,) for _ in questions],
                done=lambda _: part.advance(),
            )
    return await _rows(questions, _all_made([row for (row,) in results]))


def majority(question: str, samples: Sequence[Said]) -> Said:
    """Give the first of the samples with the answer that most of them give; of equals, and without any, the first."""
    groups = agreeing(answer_keys(question, [one.text for one in samples]))
    votes = Counter(group for group in groups if group >= 0)
    if not votes:
        return samples[0]
    ((winner, _),) = votes.most_common(1)  # of equals the one that was met first
    return samples[winner]


async def _rows(questions: Sequence[PlannedQuestion], made: Sequence[Made]) -> AgainstItself:
    """Grade the samples, what they were fused into, and what they voted for."""
    scored = iter(
        await grades(
            [
                (question, said.text)
                for question, one in zip(questions, made, strict=True)
                for said in (*one.experts, *([one.fused] if one.fused else ()))
            ]
        )
    )
    fusion, consistency = [], []
    for question, one in zip(questions, made, strict=True):
        worth = {id(said): next(scored) for said in one.calls}
        winner = majority(question.prompt, one.experts)
        waited = max(said.seconds for said in one.experts)
        consistency.append(_row(one.experts, score=worth[id(winner)], fused=False, seconds=waited))
        fused = one.fused
        fusion.append(
            _row(one.experts, score=worth[id(winner)], fused=False, seconds=waited)
            if fused is None
            else _row(
                one.calls,
                score=worth[id(fused)],
                fused=True,
                seconds=waited + fused.seconds,
                best_reference=max(worth[id(said)] for said in one.references),
                aggregator=worth[id(one.experts[0])],
            )
        )
    return AgainstItself(fusion=fusion, consistency=consistency)


def _row(calls: Sequence[Said], *, score: float, fused: bool, seconds: float, **known: float) -> LiveRow:
    return LiveRow(
        score=score,
        calls=len(calls),
        cost=sum(call.cost for call in calls),
        prompt_tokens=sum(call.usage.prompt_tokens for call in calls),
        completion_tokens=sum(call.usage.completion_tokens for call in calls),
        fused=fused,
        seconds=seconds,
        **known,
    )


def _item(question: PlannedQuestion) -> Item:
    return Item(
        key=key_of(question),
        messages=({"role": "user", "content": question.prompt},),
        gold=Gold.of(question.prompt, None),  # graded by the task's own grader, afterwards
        responses={},
        scores={},
    )


def _all_made(results: Sequence[Result | None]) -> list[Made]:
    made = [one for one in results if isinstance(one, Made)]
    if len(made) < len(results):
        causes = Counter(str(getattr(one, "cause", None)) for one in results if not isinstance(one, Made))
        said = ", ".join(f"{cause} {count}" for cause, count in causes.most_common())
        raise NotMeasuredError(
            f"{len(results) - len(made)} questions could not be asked ({said}): the same command asks again."
        )
    return made
