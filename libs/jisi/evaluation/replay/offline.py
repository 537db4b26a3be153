"""The method on a family by the pure maths alone: the bank straight from its file, no Postgres, no service.

What the services decide is compared with it, item by item; so it shares the embedder and the maths with them, and
nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jisi.answers import answer_key
from jisi.embedding.protocol import Embedder
from jisi.evaluation.replay.family import Recorded, Row
from jisi.routing.arrays import Embeddings, Floats, Positions
from jisi.routing.bank import Bank, Expert
from jisi.routing.margins import Margin, smallest_margin
from jisi.routing.mixed import response_similarity
from jisi.routing.offline import OfflineDecision, RecordedResponse, decide_from_plan
from jisi.routing.plan import plan_query, with_outlooks
from jisi.routing.selection import Selector
from jisi.routing.settings import RoutingSettings

EMBEDDED_AT_ONCE = 64
"""Texts handed to the embedder together: enough to keep its threads busy."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OfflineBank:
    """A bank with its responses' embeddings."""

    bank: Bank
    responses: Mapping[str, Embeddings]
    """R by model: (N, d), NaN where there is no usable response."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OfflineResult:
    """One row decided."""

    row: Row
    decided: OfflineDecision
    margin: Margin
    """What the decision hung on most narrowly."""


async def build_offline_bank(rows: Sequence[Row], models: Sequence[str], embedder: Embedder) -> OfflineBank:
    """Make the bank of these rows, in their order, with the records of these models."""
    recorded = {model: [row.recorded(model) for row in rows] for model in models}
    queries = await embed_all([row.query for row in rows], embedder)
    responses = {model: await _embed_responses(column, embedder) for model, column in recorded.items()}
    bank = Bank(
        item_ids=np.arange(len(rows), dtype=np.int64),
        embeddings=queries,
        scores=_matrix([[one.score for one in column] for column in recorded.values()], len(rows)),
        tokens=_matrix([[one.completion_tokens for one in column] for column in recorded.values()], len(rows)),
        models=tuple(models),
    )
    return OfflineBank(bank=bank, responses=responses)


async def decide_rows(
    rows: Sequence[Row],
    bank: OfflineBank,
    experts: Sequence[Expert],
    settings: RoutingSettings,
    embedder: Embedder,
    *,
    default_model: str | None = None,
    selector: Selector | None = None,
) -> list[OfflineResult]:
    """Decide every row, with the responses recorded on it for answers; by method `selector` with that `selector`."""
    queries = await embed_all([row.query for row in rows], embedder)
    plans = [plan_query(query, bank.bank, experts, settings, default_model=default_model) for query in queries]
    if settings.method == "selector":
        plans = with_outlooks(plans, queries, bank.bank, settings)
    probes = [(place, model) for place, plan in enumerate(plans) for model in plan.probes]
    compared = [key for key in probes if rows[key[0]].recorded(key[1]).usable]
    texts = [rows[place].recorded(model).embedded_text for place, model in compared]
    vectors = dict(zip(compared, await embed_all(texts, embedder), strict=True))
    results = []
    for place, (row, query, plan) in enumerate(zip(rows, queries, plans, strict=True)):
        embedded = {model: vectors[place, model] for model in plan.probes if (place, model) in vectors}
        decided = decide_from_plan(plan, bank.bank, _RowSource(row, embedded, bank), settings, selector=selector)
        margin = smallest_margin(query, bank.bank, decided, settings)
        results.append(OfflineResult(row=row, decided=decided, margin=margin))
    return results


async def embed_all(texts: Sequence[str], embedder: Embedder) -> Embeddings:
    """Embed texts in order; shape (len(texts), d), float32."""
    parts = [texts[start : start + EMBEDDED_AT_ONCE] for start in range(0, len(texts), EMBEDDED_AT_ONCE)]
    vectors = [await embedder.embed(part) for part in parts]
    return np.concatenate(vectors) if vectors else np.zeros((0, embedder.dimensions), np.float32)


class _RowSource:
    """One row's recorded responses as the answers of its models."""

    def __init__(self, row: Row, embedded: Mapping[str, Embeddings], bank: OfflineBank) -> None:
        self._row = row
        self._embedded = embedded
        self._bank = bank

    def ask(self, model: str) -> RecordedResponse:
        """Give what was recorded; what was not is no usable response."""
        recorded = self._row.recorded(model)
        return RecordedResponse(
            usable=recorded.usable,
            embedding=self._embedded.get(model),
            completion_tokens=recorded.completion_tokens,
            reference_tokens=recorded.completion_tokens or 0,
            answer=answer_key(self._row.query, recorded.text or ""),
        )

    def similarities(self, positions: Positions, model: str, response: Embeddings) -> Floats:
        """Compare a response with the bank's of the same model."""
        return response_similarity(self._bank.responses[model][positions], response)


async def _embed_responses(column: Sequence[Recorded], embedder: Embedder) -> Embeddings:
    places = [place for place, recorded in enumerate(column) if recorded.usable]
    matrix = np.full((len(column), embedder.dimensions), np.nan, np.float32)
    matrix[places] = await embed_all([column[place].embedded_text for place in places], embedder)
    return matrix


def _matrix(columns: Sequence[Sequence[float | None]], rows: int) -> Floats:
    matrix = np.full((rows, len(columns)), np.nan)
    for place, column in enumerate(columns):
        matrix[:, place] = [np.nan if value is None else value for value in column]
    return matrix
