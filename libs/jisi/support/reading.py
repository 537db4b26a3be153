"""Reading items back from Postgres as the lines they were imported from."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

from psycopg import AsyncConnection, AsyncCursor

from jisi.support.lines import ItemKey, Split
from jisi.support.rows import RecordRow, StoredItem, line_of

_ITEMS_AT_ONCE = 200


async def read_items(
    connection: AsyncConnection[Any], *, split: Split | None = None, dataset: str | None = None
) -> AsyncIterator[list[dict[str, Any]]]:
    """Yield the bank's items as lines of its format, in item order, some hundreds at a time."""
    last = -1
    while True:
        cursor = await connection.execute(
            "select id, dataset, index, split, query, gt, extra, keys from item where id > %s"
            " and (%s::text is null or split = %s) and (%s::text is null or dataset = %s) order by id limit %s",
            (last, split, split, dataset, dataset, _ITEMS_AT_ONCE),
        )
        lines = await _lines(connection, cursor)
        if not lines:
            return
        yield list(lines.values())
        last = max(lines)


async def lines_of_items(connection: AsyncConnection[Any], keys: Iterable[ItemKey]) -> dict[ItemKey, dict[str, Any]]:
    """Read these items as lines; those that are not in the bank are left out."""
    listed = list(keys)
    cursor = await connection.execute(
        "select id, dataset, index, split, query, gt, extra, keys from item"
        " where (dataset, index, split) in (select * from unnest(%s::text[], %s::bigint[], %s::text[]))",
        ([key.dataset for key in listed], [key.index for key in listed], [key.split for key in listed]),
    )
    lines = (await _lines(connection, cursor)).values()
    return {ItemKey(line["dataset"], line["index"], line["split"]): line for line in lines}


async def _lines(connection: AsyncConnection[Any], cursor: AsyncCursor[Any]) -> dict[int, dict[str, Any]]:
    """Read all there is of the items that the cursor gives, by id."""
    items = {
        row[0]: StoredItem(
            dataset=row[1], index=row[2], split=row[3], query=row[4], gt=row[5], extra=row[6], keys=row[7]
        )
        async for row in cursor
    }
    records = await _records(connection, list(items))
    responses = await _responses(connection, list(items))
    return {number: line_of(item, records.get(number, {}), responses.get(number, {})) for number, item in items.items()}


async def _records(connection: AsyncConnection[Any], items: list[int]) -> dict[int, dict[str, RecordRow]]:
    cursor = await connection.execute(
        "select item_id, name, score, tokens, prompt_tokens, cost, source from record join model on id = model_id"
        " where item_id = any(%s) order by item_id, model_id",
        (items,),
        binary=True,
    )
    found: dict[int, dict[str, RecordRow]] = {}
    async for item_id, name, score, tokens, prompt_tokens, cost, source in cursor:
        found.setdefault(item_id, {})[name] = RecordRow(
            score=score, tokens=tokens, prompt_tokens=prompt_tokens, cost=cost, source=source
        )
    return found


async def _responses(connection: AsyncConnection[Any], items: list[int]) -> dict[int, dict[str, str | None]]:
    cursor = await connection.execute(
        "select item_id, name, text from response join model on id = model_id"
        " where item_id = any(%s) order by item_id, model_id",
        (items,),
        binary=True,
    )
    found: dict[int, dict[str, str | None]] = {}
    async for item_id, name, text in cursor:
        found.setdefault(item_id, {})[name] = text
    return found
