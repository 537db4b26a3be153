"""What a collection would take: calls, tokens, money and time, of what is still missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from jisi.collecting.collect import Cell, Wanted
from jisi.collecting.history import History
from jisi.llm.prices import worst_cost
from jisi.llm.spec import ModelSpec

ASSUMED_TOKENS = 500
"""Of a completion of a model that nothing is known of, reasoning included."""
ASSUMED_TOKENS_PER_SECOND = 40.0
"""Of one call, where the journal does not tell how long calls take."""
ASSUMED_VERDICT_TOKENS = 200
"""Of a judge, its reasoning included."""
MOST_VERDICT_TOKENS = 8192
"""As `jisi.grading.judging.Judge` asks for at most."""
_INSTRUCTION_TOKENS = 600
"""Of a judge's prompt, around what it judges."""
_GAMES = {"pairwise": 2}
"""Calls to the judge a response, by grader: either order, each with a baseline's response, taken to be as long."""
_SECONDS_A_MINUTE = 60.0

Basis = Literal["journal", "bank", "assumed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelForecast:
    """One model."""

    model: str
    kept: int
    """Answers that earlier runs have bought."""
    calls: int
    """Answers still to be bought, each by one call if none fails."""
    prompt_tokens: int
    """Of these calls together, by our estimate."""
    worst_usd: float
    """If every completion is as long as it may be."""
    likely_usd: float
    completion_tokens: float
    """Mean that the likely cost goes by."""
    basis: Basis
    """Where that mean comes from."""
    seconds: float
    """At the limits of the pool file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeForecast:
    """The judge of all responses that are not graded yet."""

    model: str
    calls: int
    worst_usd: float
    """If every response and every verdict is as long as it may be."""
    likely_usd: float
    """With responses as long as their models' likely ones, and verdicts of `ASSUMED_VERDICT_TOKENS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """All models; they are asked side by side."""

    questions: Mapping[str, int]
    """By dataset."""
    samples: int
    models: tuple[ModelForecast, ...]
    judge: JudgeForecast | None
    """None: no task of these needs one."""
    spent_usd: float
    """By earlier runs."""
    spent_calls: int

    @property
    def calls(self) -> int:
        """Still to be made, those to the judge included."""
        return sum(one.calls for one in self.models) + (self.judge.calls if self.judge is not None else 0)

    @property
    def prompt_tokens(self) -> int:
        """Of all models; the judge's not counted."""
        return sum(one.prompt_tokens for one in self.models)

    @property
    def worst_usd(self) -> float:
        """If every completion is as long as it may be."""
        return sum(one.worst_usd for one in self.models) + (self.judge.worst_usd if self.judge is not None else 0.0)

    @property
    def likely_usd(self) -> float:
        """If completions are as long as they were."""
        return sum(one.likely_usd for one in self.models) + (self.judge.likely_usd if self.judge is not None else 0.0)

    @property
    def seconds(self) -> float:
        """The slowest model's."""
        return max((one.seconds for one in self.models), default=0.0)


def forecast(
    wanted: Wanted,
    history: History,
    *,
    judge: ModelSpec | None,
    bank_tokens: Mapping[str, float],
    concurrency: int,
) -> Forecast:
    """Say what is missing and what it would take; buys nothing.

    Args:
        wanted: models, questions, samples.
        history: what earlier runs have.
        judge: who judges, where a grader needs one.
        bank_tokens: mean completion tokens by model, of the bank in force.
        concurrency: calls at once over all models.
    """
    questions: dict[str, int] = {}
    for planned in wanted.questions:
        questions[planned.dataset] = questions.get(planned.dataset, 0) + 1
    cells = wanted.cells
    models = tuple(_model(wanted, spec, cells, history, bank_tokens, concurrency) for spec in wanted.models)
    return Forecast(
        questions=questions,
        samples=wanted.samples,
        models=models,
        judge=_judge(wanted, judge, cells, history, {one.model: one.completion_tokens for one in models}),
        spent_usd=history.spent,
        spent_calls=history.calls,
    )


def _judge(
    wanted: Wanted, judge: ModelSpec | None, cells: list[Cell], history: History, likely_tokens: Mapping[str, float]
) -> JudgeForecast | None:
    graded = {grade.place for grade in history.grades.values()}
    calls, worst, likely = 0, 0.0, 0.0
    for cell in cells:
        if judge is None or not cell.planned.judged:
            continue
        games = _GAMES.get(cell.planned.grader, 1)
        longest = min(MOST_VERDICT_TOKENS, judge.limits.max_tokens or MOST_VERDICT_TOKENS)
        for spec in wanted.models:
            call = wanted.call(cell, spec)
            if call.place in graded:
                continue
            around = _INSTRUCTION_TOKENS + call.prompt_tokens
            calls += games
            worst += games * worst_cost(judge, around + games * call.max_tokens, longest)
            shown = round(games * likely_tokens[spec.name])
            likely += games * worst_cost(judge, around + shown, min(longest, ASSUMED_VERDICT_TOKENS))
    return JudgeForecast(model=judge.name, calls=calls, worst_usd=worst, likely_usd=likely) if judge and calls else None


def _model(
    wanted: Wanted,
    spec: ModelSpec,
    cells: list[Cell],
    history: History,
    bank_tokens: Mapping[str, float],
    concurrency: int,
) -> ModelForecast:
    calls = [call for cell in cells if (call := wanted.call(cell, spec)).key not in history.answers]
    tokens, basis = _completion_tokens(spec, history, bank_tokens)
    prompts = sum(call.prompt_tokens for call in calls)
    return ModelForecast(
        model=spec.name,
        kept=len(cells) - len(calls),
        calls=len(calls),
        prompt_tokens=prompts,
        worst_usd=sum(call.worst_cost for call in calls),
        likely_usd=worst_cost(spec, prompts, 0) + len(calls) * tokens * worst_cost(spec, 0, 1),
        completion_tokens=tokens,
        basis=basis,
        seconds=_seconds(spec, len(calls), tokens, history, concurrency),
    )


def _completion_tokens(spec: ModelSpec, history: History, bank_tokens: Mapping[str, float]) -> tuple[float, Basis]:
    known = history.completion_tokens(spec.name)
    if known is not None:
        return known, "journal"
    if spec.name in bank_tokens:
        return bank_tokens[spec.name], "bank"
    return float(min(ASSUMED_TOKENS, spec.limits.max_tokens or ASSUMED_TOKENS)), "assumed"


def _seconds(spec: ModelSpec, calls: int, tokens: float, history: History, concurrency: int) -> float:
    """Say how long the calls take: as many at once as may be, and no more a minute than may be."""
    known = history.seconds(spec.name)
    each = tokens / ASSUMED_TOKENS_PER_SECOND if known is None else known
    at_once = min(spec.limits.concurrency or concurrency, concurrency)
    by_limit = calls * _SECONDS_A_MINUTE / spec.limits.requests_per_minute if spec.limits.requests_per_minute else 0.0
    return max(calls * each / at_once, by_limit)
