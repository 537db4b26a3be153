"""A measurement from beginning to end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from jisi.cli.long_running import unless_it_fails
from jisi.collecting.plan import PlannedQuestion
from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.recordings.preparing import file_digest
from jisi.evaluation.reports.assembling import Run, assemble
from jisi.evaluation.reports.report import BankFile, EvaluationReport

from benchmarks.local_pool.collected import collect
from benchmarks.local_pool.fresh import fresh_questions, key_of
from benchmarks.local_pool.live import Live, LiveRow, live
from benchmarks.local_pool.plan import Plan, folder_of
from benchmarks.local_pool.routed import BEST_SINGLE, best_single, evaluation_of, routed
from benchmarks.local_pool.self_fusion import ask_against_itself
from benchmarks.local_pool.services import (
    MODES,
    AnswerFile,
    Mode,
    ServicesFigures,
    ask_services,
    figures_of,
    rows_of,
)
from benchmarks.local_pool.system import Models, System, models_of, system
from benchmarks.local_pool.view import MeasuringView

SERVICES: Mapping[Mode, str] = {"auto": "jisi-live", "route": "jisi-live:mode=route"}
"""What the services are called in the report, by mode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFused:
    """The questions whose answer was a fusion, and what the services said to the same ones without fusing."""

    questions: int
    fused: float | None
    """Mean score; None where nothing was fused."""
    routed: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of it."""

    report: EvaluationReport
    seconds: Mapping[str, float]
    """Median of an answer, by method; of those that were really asked."""
    services: Mapping[str, ServicesFigures]
    on_fused: OnFused
    best_single: str
    models: Mapping[str, str]
    """What the endpoints call each expert's model."""
    work: Path


async def measure(plan: Plan, work: Path, view: MeasuringView) -> Result:
    """Ask what no earlier run of the same measurement has asked, and compare.

    Raises:
        InputError: the questions are in the bank, or a file is missing or wrong.
        NotMeasuredError: calls failed for good.
    """
    questions = fresh_questions(plan.spec, plan.bank)
    async with models_of(plan.pool_file) as models:
        folder = folder_of(work, plan, models.pool, questions)
        view.say(f"all that is answered is kept in {folder}")
        async with system(plan.bank, models, view) as running:
            return await unless_it_fails(running.stack, _measure(plan, questions, models, running, folder, view))


async def _measure(
    plan: Plan, questions: Sequence[PlannedQuestion], models: Models, running: System, folder: Path, view: MeasuringView
) -> Result:
    collected = await collect(plan.spec, models.pool, folder, at_once=plan.in_flight, view=view)
    evaluation, embedder = await evaluation_of(
        plan.bank, collected.file, models.pool_file, seed=plan.seed, say=view.say
    )
    best = best_single(evaluation)
    itself = await ask_against_itself(
        questions, models.pool, best, samples=plan.samples, file=folder / "itself.sqlite", view=view
    )
    answers = AnswerFile(folder / "services.jsonl")
    await ask_services(running.servers, questions, answers, in_flight=plan.in_flight, view=view)
    measured = list(routed(evaluation, plan.settings))
    like = next(one for one in measured if one.router == BEST_SINGLE)
    asked: dict[str, Sequence[LiveRow]] = {
        **{SERVICES[mode]: await rows_of(questions, answers, mode) for mode in MODES},
        f"self-fusion-live:{plan.samples}": itself.fusion,
        f"self-consistency-live:{plan.samples}": itself.consistency,
    }
    lives = [_live(name, questions, rows, like) for name, rows in asked.items()]
    run = Run(
        version=version("jisi"),
        banks=[BankFile(file=plan.bank.name, sha256=file_digest(plan.bank))],
        embedder=embedder,
        split=f"fresh questions {plan.spec}",
        seed=plan.seed,
    )
    own = {f"single:{model}": seconds for model, seconds in collected.seconds.items()}
    return Result(
        report=assemble([*measured, *(one.measurement for one in lives)], run, against=(SERVICES["route"],)),
        seconds={
            **own,
            BEST_SINGLE: collected.seconds[best],
            **{one.measurement.router: one.seconds for one in lives},
        },
        services={SERVICES[mode]: figures_of(answers, mode) for mode in MODES},
        on_fused=on_fused(*(one.measurement for one in lives[: len(MODES)])),
        best_single=best,
        models={spec.name: spec.model for spec in models.pool.eligible},
        work=folder,
    )


def on_fused(auto: Measurement, route: Measurement) -> OnFused:
    """Compare the fusions with what the same questions were answered with unfused; rows in the same order."""
    rows = auto.fused
    if not rows.any():
        return OnFused(questions=0, fused=None, routed=None)
    return OnFused(
        questions=int(rows.sum()), fused=float(auto.scores[rows].mean()), routed=float(route.scores[rows].mean())
    )


def _live(name: str, questions: Sequence[PlannedQuestion], rows: Sequence[LiveRow], like: Measurement) -> Live:
    return live(name, {key_of(question): row for question, row in zip(questions, rows, strict=True)}, like)
