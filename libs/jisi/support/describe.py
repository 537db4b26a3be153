"""Items of the bank as people want to see them: for `jisi why`, which shows the neighbours a decision went by."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a model did on an item; None where not recorded."""

    score: float | None
    tokens: int | None
    cost: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDescription:
    """An item of the bank, its texts in full."""

    id: int
    dataset: str
    index: int
    split: str
    query: str
    gt: Any
    results: dict[str, Result] = field(default_factory=dict)
    """By model, in the bank's order of models."""


async def describe(connection: AsyncConnection[Any], item_ids: Sequence[int]) -> list[ItemDescription]:
    """Describe these items, in the order asked; those that are no longer in the bank are left out."""
    ids = list(item_ids)
    cursor = await connection.execute(
        "select id, dataset, index, split, query, gt from item where id = any(%s)", (ids,)
    )
    found = {
        row[0]: ItemDescription(id=row[0], dataset=row[1], index=row[2], split=row[3], query=row[4], gt=row[5])
        async for row in cursor
    }
    cursor = await connection.execute(
        "select item_id, name, score, tokens, cost from record join model on model.id = model_id"
        " where item_id = any(%s) order by model_id",
        (ids,),
    )
    async for item_id, name, score, tokens, cost in cursor:
        found[item_id].results[name] = Result(score=score, tokens=tokens, cost=cost)
    return [found[item_id] for item_id in ids if item_id in found]
