"""Running a command's work on the database that is meant."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.cli.addresses import find_database
from jisi.database import DatabaseAddress, create_engine
from jisi.database.migrations import check_schema

Result = TypeVar("Result")


def run_on_database(work: Callable[[AsyncEngine], Coroutine[Any, Any, Result]]) -> Result:
    """Do the work on an engine of its own, once the schema is found to be current, and give its result."""
    return asyncio.run(_with_engine(work, find_database()))


async def _with_engine(work: Callable[[AsyncEngine], Coroutine[Any, Any, Result]], database: DatabaseAddress) -> Result:
    engine = create_engine(database, application_name="jisi-cli")
    try:
        await check_schema(engine)
        return await work(engine)
    finally:
        await engine.dispose()
