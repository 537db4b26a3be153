"""What is in the bank, in numbers."""

from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

from jisi.support.identity import BankIdentity, read_identity


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetStatistics:
    """The items of one dataset and split."""

    dataset: str
    split: str
    items: int
    mean_score: float | None
    """Of all models' recorded scores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatistics:
    """What the bank knows of one model."""

    model: str
    scores: int
    """Items with a score."""
    mean_score: float | None
    lengths: int
    """Items with completion tokens."""
    mean_tokens: float | None
    responses: int
    usable: int
    """Responses that are not usable have no vector."""
    cost: float
    """USD of all recorded calls."""
    train_scores: int
    """Items of the split `train` with a score: the evidence a router can go by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankStatistics:
    """The bank in numbers, all of one version."""

    identity: BankIdentity
    datasets: list[DatasetStatistics]
    models: list[ModelStatistics]
    bytes_on_disk: int

    @property
    def items(self) -> int:
        """All items."""
        return sum(dataset.items for dataset in self.datasets)

    @property
    def train_items(self) -> int:
        """The items that serve as support set."""
        return sum(dataset.items for dataset in self.datasets if dataset.split == "train")


async def bank_statistics(connection: AsyncConnection[Any]) -> BankStatistics:
    """Count; the connection must not be in a transaction."""
    async with connection.transaction():
        await connection.execute("set transaction isolation level repeatable read, read only")
        identity = await read_identity(connection)
        datasets = [DatasetStatistics(**row) for row in await _rows(connection, _DATASETS)]
        models = [ModelStatistics(**row) for row in await _rows(connection, _MODELS)]
        size = await _rows(connection, _SIZE)
    return BankStatistics(identity=identity, datasets=datasets, models=models, bytes_on_disk=size[0]["bytes"])


async def _rows(connection: AsyncConnection[Any], statement: str) -> list[dict[str, Any]]:
    cursor = await connection.execute(statement)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


_DATASETS = """
select dataset, split, count(distinct item.id) as items, avg(score) as mean_score
from item left join record on item_id = item.id
group by dataset, split order by dataset, split desc"""

_MODELS = """
with recorded as (
    select model_id, count(score) as scores, avg(score) as mean_score, count(tokens) as lengths,
        avg(tokens)::float8 as mean_tokens, sum(cost) as cost,
        count(score) filter (where split = 'train') as train_scores
    from record join item on item.id = item_id group by model_id),
answered as (select model_id, count(text) as responses, count(embedding) as usable from response group by model_id)
select name as model, coalesce(scores, 0) as scores, mean_score, coalesce(lengths, 0) as lengths, mean_tokens,
    coalesce(responses, 0) as responses, coalesce(usable, 0) as usable, coalesce(cost, 0) as cost,
    coalesce(train_scores, 0) as train_scores
from model left join recorded on recorded.model_id = id left join answered on answered.model_id = id order by id"""

_SIZE = """
select sum(pg_total_relation_size(name::regclass))::int8 as bytes
from unnest(array['item', 'record', 'response', 'model']) as name"""
