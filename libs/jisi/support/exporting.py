"""Writing the bank to a file of the format it is imported from, losing nothing."""

import json
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import driver_connection
from jisi.support.files import require_bank_name, writing_whole
from jisi.support.lines import Split
from jisi.support.reading import read_items


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
