"""The whole method on one query with every response at hand, walking the waves exactly as the services do.

Golden cases, the replay's check of every online decision, and evaluation all go through here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from jisi.routing.arrays import Embeddings, Floats, Positions
from jisi.routing.bank import Bank, Expert
from jisi.routing.plan import Plan, plan_query, with_outlooks
from jisi.routing.refined import Refined, refine
from jisi.routing.selection import Judgement, Selector, judge
from jisi.routing.settings import Mode, RoutingSettings
from jisi.routing.standing import Standing, aggregator_ranking, standing
from jisi.routing.switch import Decision, Reply, decide, next_wave, votes_of
from jisi.routing.turns import Ballot


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RecordedResponse:
    """What a model returns when asked."""

    usable: bool
    cut_off: bool = False
    embedding: Embeddings | None = None
    """(d,) of unit norm; None where not usable, or not embedded."""
    completion_tokens: float | None = None
    """On the bank's basis; None: unknown."""
    reference_tokens: int = 0
    """Counted against `reference_token_limit`."""
    answer: str | None = None
    """Key of the final answer; of no use with method `jisi`."""

    @property
    def reply(self) -> Reply:
        """As the switch sees it."""
        return Reply(
            usable=self.usable, cut_off=self.cut_off, reference_tokens=self.reference_tokens, answer=self.answer
        )


class ResponseSource(Protocol):
    """Where the models' responses to one query, and the bank's responses, come from."""

    def ask(self, model: str) -> RecordedResponse:
        """The response of a model to the query; called once for each model that the method asks."""
        ...

    def similarities(self, positions: Positions, model: str, response: Embeddings) -> Floats:
        """R_{i,m} . response for the items at these rows of the bank, as float64; NaN where the bank has none."""
        ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OfflineDecision:
    """Every stage of one decision; `refined` and `standing` rest on the first wave."""

    plan: Plan
    response_similarities: Floats
    """(|S|, probes), NaN where there is none."""
    refined: Refined
    standing: Standing
    aggregator_candidates: tuple[str, ...]
    """Best first; whether or not the decision is to aggregate."""
    waves: tuple[tuple[str, ...], ...]
    """Models asked after the probes, wave by wave."""
    asked: tuple[str, ...]
    """All calls to experts, in order."""
    decision: Decision
    ballot: Ballot | None = None
    """The votes, where the answer was found by vote."""
    judgement: Judgement | None = None
    """The selector's, where it found the answer."""


def decide_offline(
    query: Embeddings,
    bank: Bank,
    experts: Sequence[Expert],
    source: ResponseSource,
    settings: RoutingSettings,
    *,
    default_model: str | None = None,
    max_calls: int | None = None,
    mode: Mode = "auto",
    selector: Selector | None = None,
) -> OfflineDecision:
    """Decide one query, embedding of shape (d,), with the arguments of `plan_query` and the `mode` of `decide`.

    An aggregation is a call too: it is what `max_calls` must leave room for. `selector` is of use with method
    `selector` only, whose other settings must be those it was fitted by (`Selector.settings`).
    """
    plan = plan_query(query, bank, experts, settings, default_model=default_model, max_calls=max_calls)
    if settings.method == "selector":
        (plan,) = with_outlooks([plan], query[np.newaxis], bank, settings)
    return decide_from_plan(plan, bank, source, settings, max_calls=max_calls, mode=mode, selector=selector)


def decide_from_plan(
    plan: Plan,
    bank: Bank,
    source: ResponseSource,
    settings: RoutingSettings,
    *,
    max_calls: int | None = None,
    mode: Mode = "auto",
    selector: Selector | None = None,
) -> OfflineDecision:
    """As `decide_offline`, from a plan made before, with its outlook (`with_outlooks`) for a `selector` to go by."""
    responses = {model: source.ask(model) for model in plan.probes}
    usable = [model for model, response in responses.items() if response.usable]
    similarities = _response_similarities(plan, responses, source, settings)
    tokens = np.array([_or_nan(responses[model].completion_tokens) for model in plan.probes])
    refined = refine(
        plan, bank, settings, usable_probes=usable, response_similarities=similarities, response_tokens=tokens
    )
    replies = {model: response.reply for model, response in responses.items()}
    judgement = judge(selector, plan, bank, settings, mode=mode, replies=replies, tokens=tokens)
    stands = standing(plan, refined, settings, None if judgement is None else judgement.verdict)

    waves: list[tuple[str, ...]] = []
    short_of_calls = False
    while True:
        replies = {model: response.reply for model, response in responses.items()}
        left = None if max_calls is None else max_calls - len(responses)
        wave = next_wave(stands, replies, settings, mode=mode, calls_left=left)
        short_of_calls = short_of_calls or bool(wave.withheld)
        if not wave.ask:
            break
        waves.append(wave.ask)
        responses.update((model, source.ask(model)) for model in wave.ask)

    return OfflineDecision(
        plan=plan,
        response_similarities=similarities,
        refined=refined,
        standing=stands,
        aggregator_candidates=aggregator_ranking(plan, refined, settings),
        waves=tuple(waves),
        asked=tuple(responses),
        ballot=votes_of(stands, replies) if settings.votes(mode) and not stands.alone and not judgement else None,
        judgement=judgement,
        decision=decide(stands, replies, settings, mode=mode, calls_left=left, short_of_calls=short_of_calls),
    )


def _response_similarities(
    plan: Plan, responses: dict[str, RecordedResponse], source: ResponseSource, settings: RoutingSettings
) -> Floats:
    """A column for each probe, NaN throughout where it gave nothing to compare or nothing depends on it."""
    items = 0 if plan.support is None else len(plan.support)
    columns = np.full((items, len(plan.probes)), np.nan)
    if plan.support is None or plan.alone or not settings.uses_responses:
        return columns
    for column, model in enumerate(plan.probes):
        embedding = responses[model].embedding
        if responses[model].usable and embedding is not None:
            columns[:, column] = source.similarities(plan.support.positions, model, embedding)
    return columns


def _or_nan(tokens: float | None) -> float:
    return float("nan") if tokens is None else float(tokens)
