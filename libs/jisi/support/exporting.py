"""Writing the bank to a file of the format it is imported from, losing nothing."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import driver_connection
from jisi.support.files import require_bank_name, writing_whole
from jisi.support.lines import Split
from jisi.support.rows import RecordRow, StoredItem, line_of

_ITEMS_AT_ONCE = 200


async def export_bank(
    engine: AsyncEngine,
    path: Path,
    *,
    split: Split | None = None,
    dataset: str | None = None,
    exported: Callable[[int], None] = lambda _items: None,
) -> int:
    """Write the items, in their order, to `path` (.jsonl or .jsonl.gz) and give their number.

    All of one version, and the file is there only when it is whole. `exported` is called with how many more items are
    written. Raises InputError for another name.
    """
    require_bank_name(path)
    count = 0
    async with driver_connection(engine, autocommit=True) as connection, connection.transaction():
        await connection.execute("set transaction isolation level repeatable read, read only")
        with writing_whole(path) as file:
            async for lines in read_items(connection, split=split, dataset=dataset):
                for line in lines:
                    file.write(json.dumps(line, ensure_ascii=False))
                    file.write("\n")
                count += len(lines)
                exported(len(lines))
    return count


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
        items = {
            row[0]: StoredItem(
                dataset=row[1], index=row[2], split=row[3], query=row[4], gt=row[5], extra=row[6], keys=row[7]
            )
            async for row in cursor
        }
        if not items:
            return
        records = await _records(connection, list(items))
        responses = await _responses(connection, list(items))
        yield [line_of(item, records.get(number, {}), responses.get(number, {})) for number, item in items.items()]
        last = max(items)


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
