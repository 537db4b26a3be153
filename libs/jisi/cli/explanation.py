"""What explains a decision, drawn from its record: pure, so that terminal and JSON say the same."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jisi.ledger.record import QueryRecord
from jisi.routing.arrays import Positions
from jisi.routing.plan import Plan
from jisi.routing.refined import Refined
from jisi.support.describe import ItemDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """An item of the support set, and how the probes did on it."""

    item_id: int
    dataset: str
    query: str
    similarity: float
    """s: of its query to this one."""
    mixed: float | None
    """M: of responses and lengths; None where the decision did without."""
    kept: bool | None
    """Whether it is in S'."""
    probe_scores: dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelScore:
    """How a model stands."""

    model: str
    prior: float | None
    """p over S."""
    coverage: float
    """c: share of the weight of S where it has a record."""
    refined: float | None
    """p' over S'; None where the decision did without."""
    relative: float | None
    """v: share of the best candidate's score."""
    roles: tuple[str, ...]
    """probe, candidate, reference, answer, aggregator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """By how much the first is ahead."""

    first: str
    score: float
    second: str
    behind: float
    """Score of the second."""

    @property
    def by(self) -> float:
        """The distance."""
        return self.score - self.behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The support set in numbers, and its nearest items."""

    size: int
    bar: float
    kept: int | None
    """|S'|."""
    neighbours: tuple[Neighbour, ...]


def nearest_items(record: QueryRecord, count: int) -> list[int]:
    """Ids of the items that spoke most: by mixed similarity where there is one, else by the query's."""
    if record.plan is None or record.plan.support is None:
        return []
    return [int(record.plan.support.item_ids[place]) for place in _nearest(record.plan, record.refined, count)]


def evidence(record: QueryRecord, items: Sequence[ItemDescription], count: int) -> Evidence | None:
    """Describe the support set; None where there was none. Items removed from the bank since are left out."""
    plan, refined = record.plan, record.refined
    if plan is None or plan.support is None:
        return None
    known = {item.id: item for item in items}
    mixed = None if refined is None or refined.mixed is None else refined.mixed.mixed
    kept = None if refined is None or refined.filtered is None else set(refined.filtered.tolist())
    neighbours = []
    for place in _nearest(plan, refined, count):
        item = known.get(int(plan.support.item_ids[place]))
        if item is None:
            continue
        neighbours.append(
            Neighbour(
                item_id=item.id,
                dataset=f"{item.dataset}/{item.index}",
                query=item.query,
                similarity=float(plan.support.similarity[place]),
                mixed=None if mixed is None else float(mixed[place]),
                kept=None if kept is None else int(place) in kept,
                probe_scores={probe: _score(item, probe) for probe in plan.probes},
            )
        )
    return Evidence(
        size=len(plan.support),
        bar=plan.support.bar,
        kept=None if kept is None else len(kept),
        neighbours=tuple(neighbours),
    )


def model_scores(record: QueryRecord) -> list[ModelScore]:
    """How all models stand, best first."""
    plan = record.plan
    if plan is None:
        return []
    refined = record.refined if record.refined is not None and record.refined.mixed is not None else None
    relative = dict(record.decision.relative_scores or ()) if record.decision else {}
    ranking = plan.ranking if record.standing is None else record.standing.ranking
    return [
        ModelScore(
            model=model,
            prior=None if plan.priors is None else plan.priors.score_of(model),
            coverage=0.0 if plan.priors is None else float(plan.priors.coverage[plan.models.index(model)]),
            refined=None if refined is None else refined.priors.score_of(model),
            relative=relative.get(model),
            roles=_roles(record, model),
        )
        for model in ranking
    ]


def lead(record: QueryRecord) -> Lead | None:
    """By how much the best candidate left beat the next; None where nobody could be beaten."""
    standing, decision = record.standing, record.decision
    if standing is None or decision is None or not decision.relative_scores or not standing.scores:
        return None
    left = [model for model, _ in decision.relative_scores]
    if len(left) < 2:  # noqa: PLR2004 - it takes two
        return None
    first, second = left[0], left[1]
    return Lead(first=first, score=standing.score_of(first), second=second, behind=standing.score_of(second))


def _nearest(plan: Plan, refined: Refined | None, count: int) -> Positions:
    assert plan.support is not None, "asked only where there is a support set"
    mixed = None if refined is None or refined.mixed is None else refined.mixed.mixed
    by = plan.support.similarity if mixed is None else mixed
    return np.argsort(-by, kind="stable")[:count]


def _score(item: ItemDescription, model: str) -> float | None:
    result = item.results.get(model)
    return None if result is None else result.score


def _roles(record: QueryRecord, model: str) -> tuple[str, ...]:
    models = None if record.answer is None else record.answer.models
    held = {
        "probe": record.plan is not None and model in record.plan.probes,
        "candidate": record.standing is not None and model in record.standing.candidates,
        "reference": models is not None and model in models.references,
        "aggregator": models is not None and model == models.aggregator,
        "answer": models is not None and models.aggregator is None and model == models.answer,
    }
    return tuple(role for role, holds in held.items() if holds)
