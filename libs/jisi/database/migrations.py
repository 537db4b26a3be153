"""Bring a database to the current schema, or make sure that it is there: services check, they never migrate."""

import asyncio
import logging
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database.engine import driver_url
from jisi.errors import PermanentError
from migrations import HEAD

if TYPE_CHECKING:
    from alembic.config import Config


class SchemaError(PermanentError):
    """The database is not at the schema this version needs: run `jisi migrate` first."""

    code = "schema_not_current"


def upgrade(url: str, revision: str = "head") -> None:
    """Apply all migrations up to the revision; does nothing where they were applied before."""
    from alembic import command  # noqa: PLC0415 - half a second to import, which services need not spend

    command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Undo migrations down to the revision (`base`: all of them)."""
    from alembic import command  # noqa: PLC0415 - as above

    command.downgrade(_config(url), revision)


async def upgrade_async(url: str) -> None:
    """Apply all migrations without blocking the event loop."""
    await asyncio.to_thread(upgrade, url)


async def check_schema(engine: AsyncEngine) -> None:
    """Make sure that the database is at the newest revision this code knows, or at one that came after it.

    Migrations are applied before the code that needs them, and take away nothing that the release before uses: so a
    process of that release may start again in the middle of an upgrade.

    Raises:
        SchemaError: it is older, or no schema of ours; says which revision it is at and which is needed.
    """
    try:
        async with engine.connect() as connection:
            current = await connection.scalar(text("select version_num from alembic_version"))
    except ProgrammingError:
        current = None  # never migrated: there is no such table
    if current == HEAD:
        return
    if _number(current) <= _number(HEAD):
        raise SchemaError(f"the database is at schema {current}, this version needs {HEAD}: run `jisi migrate`")
    logging.getLogger(__name__).warning(
        "the database is at schema %s, newer than %s of this version: finish the upgrade soon", current, HEAD
    )


def _number(revision: str | None) -> int:
    """Give the place of a revision in the order of all, which its name begins with; -1 for what is none of ours."""
    number = (revision or "").partition("_")[0]
    return int(number) if number.isdecimal() else -1


def _config(url: str) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(Path(str(resources.files("migrations")))))
    config.attributes["url"] = driver_url(url) if url else ""
    return config
