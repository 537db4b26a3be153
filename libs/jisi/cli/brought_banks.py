"""Banks that come with the models we bring: which one belongs into the bank of a stack, and when it may."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, LiteralString

from psycopg import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.cli.said_import import Say, import_files
from jisi.database import driver_connection
from jisi.local.bank import shipped_bank
from jisi.local.experts import EXPERTS
from jisi.simulate.bank import write_bank
from jisi.simulate.demo import DEMO_ITEMS, DEMO_SEED
from jisi.simulate.models import MODEL_BY_NAME
from jisi.support.removal import clear_bank

BROUGHT_MODELS = frozenset({*MODEL_BY_NAME, *(expert.name for expert in EXPERTS)})
"""Names of all models we bring."""

Bringing = Literal["simulated", "local"]

_DATASETS: Mapping[Bringing, str] = {"simulated": "simulated-", "local": "local-"}
"""What the names of a brought bank's datasets begin with."""

_IS_OWN = "select not exists (select 1 from item where not starts_with(dataset, %s))"
_IS_BROUGHT = """
select not exists (select 1 from item where not dataset ^@ any(%s))
    and not exists (select 1 from model where not name = any(%s))"""


async def import_brought_bank(engine: AsyncEngine, data: Path, kind: Bringing, *, say: Say) -> bool:
    """Import the bank of a pool into an empty bank or one that we brought; says whether anything has changed.

    What is there of it already is left alone. The bank of the other pool gives way: its items would stand among the
    nearest without saying anything of these models. A bank with anything of the user's own is not touched.
    """
    file = await _simulated_bank(data) if kind == "simulated" else shipped_bank()
    if file is None or not await _make_room(engine, kind, say):
        return False
    report = await import_files(engine, [file], say=say)
    return bool(report.added or report.replaced)


async def _simulated_bank(data: Path) -> Path:
    """Give the generated bank, made once."""
    file = data / f"simulated-bank-{DEMO_ITEMS}-{DEMO_SEED}.jsonl.gz"
    if not file.exists():
        part = file.with_name(f"new-{file.name}")
        await asyncio.to_thread(write_bank, part, items=DEMO_ITEMS, seed=DEMO_SEED)
        part.replace(file)
    return file


async def _make_room(engine: AsyncEngine, kind: Bringing, say: Say) -> bool:
    """Whether the bank of the pool may go into the bank; the other pool's is removed first."""
    async with driver_connection(engine, autocommit=True) as connection:
        if await _holds(connection, _IS_OWN, _DATASETS[kind]):
            return True
        if not await _holds(connection, _IS_BROUGHT, list(_DATASETS.values()), list(BROUGHT_MODELS)):
            return False
        removed = await clear_bank(connection)
    say(f"the bank of the other models we bring gives way: {removed:,} items removed, which its pool brings again")
    return True


async def _holds(connection: AsyncConnection[Any], condition: LiteralString, *values: object) -> bool:
    row = await (await connection.execute(condition, values)).fetchone()
    return row is not None and bool(row[0])
