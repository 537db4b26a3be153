"""Embed and plan: from the texts of queries to their plans, with the bank and pool in force."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jisi.embedding import Embedder
from jisi.llm.spec import Pool
from jisi.llm.store import LivePool
from jisi.routing.bank import Bank, Expert
from jisi.routing.plan import Plan, plan_from_support, with_outlooks
from jisi.routing.settings import RoutingSettings
from jisi.routing.support import support_sets
from jisi.support.live import LiveBank
from jisi.telemetry.metrics import Metrics
from numpy.typing import NDArray

LARGEST_BANK_INLINE = 10_000
"""Items up to which a plan is made faster than a thread is asked to make it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What a plan depends on besides bank and pool."""

    text: str
    """Of all user turns."""
    models: tuple[str, ...] | None
    """Only these of the pool; each is in it."""
    max_calls: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Plans, and what they were made on."""

    bank_version: int
    pool_version: int
    plans: list[Plan]


class Planner:
    """Makes plans for batches of queries."""

    def __init__(
        self, *, embedder: Embedder, bank: LiveBank, pool: LivePool, settings: RoutingSettings, metrics: Metrics
    ) -> None:
        self._embedder = embedder
        self._bank = bank
        self._pool = pool
        self._settings = settings
        self._metrics = metrics

    @property
    def settings(self) -> RoutingSettings:
        """The routing settings in force."""
        return self._settings

    @property
    def embedder(self) -> str:
        """Identity of the embedder."""
        return self._embedder.identity

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""
        return self._embedder.dimensions

    def unknown_models(self, models: Sequence[str] | None) -> list[str]:
        """Find out which of the models asked for are not eligible.

        Raises:
            NoPoolError: no pool was applied yet; the query waits for one.
        """
        eligible = {model.name for model in self._pool.current[1].eligible}
        return [model for model in models or () if model not in eligible]

    async def embed(self, texts: Sequence[str], kind: str) -> NDArray[np.float32]:
        """Embed texts, in the embedder's own threads: shape (len(texts), dimensions)."""
        with self._metrics.embedding_seconds.time():
            vectors = await self._embedder.embed(texts)
        self._metrics.embedded_texts.labels(kind).inc(len(texts))
        return vectors

    async def plan(self, requests: Sequence[PlanRequest]) -> Planned:
        """Plan for queries, all on one version of bank and pool."""
        bank_version, bank = self._bank.current
        pool_version, pool = self._pool.current
        vectors = await self.embed([request.text for request in requests], "query")
        arguments = (requests, vectors, bank, pool, self._settings)
        plans = _plans(*arguments) if len(bank) <= LARGEST_BANK_INLINE else await asyncio.to_thread(_plans, *arguments)
        return Planned(bank_version=bank_version, pool_version=pool_version, plans=plans)

    async def plan_again(
        self, request: PlanRequest, pool_version: int, settings: RoutingSettings, probes: tuple[str, ...]
    ) -> tuple[int, Plan]:
        """Plan for one query on the current bank, whose plan was made on a version that is no longer at hand.

        The `probes` that were asked stay who they were.
        """
        version, bank = self._bank.current
        pool = await self._pool.pool_at(pool_version)
        vectors = await self.embed([request.text], "query")
        (plan,) = _plans([request], vectors, bank, pool, settings, probes)
        return version, plan


def _plans(
    requests: Sequence[PlanRequest],
    vectors: NDArray[np.float32],
    bank: Bank,
    pool: Pool,
    settings: RoutingSettings,
    probes: tuple[str, ...] | None = None,
) -> list[Plan]:
    supports = support_sets(vectors, bank, settings)
    plans = [
        plan_from_support(
            support,
            bank,
            experts(pool, request.models),
            settings,
            default_model=pool.default_model,
            max_calls=request.max_calls,
        )
        for request, support in zip(requests, supports, strict=True)
    ]
    if probes is not None:
        plans = [replace(plan, probes=probes) for plan in plans]
    return with_outlooks(plans, vectors, bank, settings) if settings.method == "selector" else plans


def experts(pool: Pool, only: Sequence[str] | None = None) -> list[Expert]:
    """Give the eligible models in pool order."""
    return [
        Expert(model.name, model.prompt_price, model.completion_price)
        for model in pool.eligible
        if only is None or model.name in only
    ]
