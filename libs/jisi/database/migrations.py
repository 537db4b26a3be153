"""Bring a database to the current schema, or make sure that it is there: services check, they never migrate."""

import asyncio
from importlib import resources
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database.engine import driver_url
from jisi.errors import PermanentError


class SchemaError(PermanentError):
    """The database is not at the schema this version needs: run `jisi migrate` first."""

    code = "schema_not_current"


def upgrade(url: str, revision: str = "head") -> None:
    """Apply all migrations up to the revision; does nothing where they were applied before."""
    command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Undo migrations down to the revision (`base`: all of them)."""
    command.downgrade(_config(url), revision)


async def upgrade_async(url: str) -> None:
    """Apply all migrations without blocking the event loop."""
    await asyncio.to_thread(upgrade, url)


async def check_schema(engine: AsyncEngine) -> None:
    """Make sure that the database is at the newest revision this code knows.

    Raises:
        SchemaError: it is not; says which revision it is at and which is needed.
    """
    async with engine.connect() as connection:
        current = await connection.run_sync(_current_revision)
    needed = ScriptDirectory.from_config(_config("")).get_current_head()
    if current != needed:
        raise SchemaError(f"the database is at schema {current}, this version needs {needed}: run `jisi migrate`")


def _current_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(str(resources.files("migrations")))))
    config.attributes["url"] = driver_url(url) if url else ""
    return config
