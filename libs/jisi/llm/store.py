"""The applied pool in Postgres: applied once, live in every replica (DESIGN.md 4)."""

import asyncio
import logging
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import Notifications, is_database_outage
from jisi.errors import PermanentError, TransientError
from jisi.llm import tables
from jisi.llm.spec import Pool

CHANNEL = "jisi_pool"
POLL_SECONDS = 2.0
"""For notifications that were missed: with them, every replica has a change within 5 seconds (DESIGN.md 1)."""
_LOCK = "jisi-pool"


class NoPoolError(TransientError):
    """No pool has been applied yet: run `jisi pool apply pool.toml`."""

    code = "no_pool"

    def __init__(self) -> None:
        super().__init__("no pool has been applied yet: run `jisi pool apply pool.toml`")


class UnknownPoolVersionError(PermanentError):
    """A plan names a pool version that is not there."""

    code = "unknown_pool_version"


async def apply_pool(engine: AsyncEngine, pool: Pool) -> int:
    """Make this the pool of all replicas and return its version; if it is in force already, that stays as it is."""
    stored = {"default_model": pool.default_model, "models": [model.model_dump(mode="json") for model in pool.models]}
    async with engine.begin() as connection:
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(_LOCK))))
        row = (await connection.execute(_newest())).one_or_none()
        if row is not None and {"default_model": row.default_model, "models": row.models} == stored:
            return int(row.version)
        version = 1 if row is None else int(row.version) + 1
        await connection.execute(sa.insert(tables.pool).values(version=version, **stored))
        await connection.execute(sa.select(sa.func.pg_notify(CHANNEL, str(version))))
    return version


async def newest_pool(engine: AsyncEngine) -> tuple[int, Pool]:
    """Return version and content of the pool in force; raises NoPoolError."""
    async with engine.connect() as connection:
        row = (await connection.execute(_newest())).one_or_none()
    if row is None:
        raise NoPoolError
    return int(row.version), _read(row.default_model, row.models)


async def pool_at(engine: AsyncEngine, version: int) -> Pool:
    """Return the pool of a version, which a plan may name long after it was replaced.

    Raises:
        UnknownPoolVersionError: there is none.
    """
    statement = sa.select(tables.pool.c.default_model, tables.pool.c.models).where(tables.pool.c.version == version)
    async with engine.connect() as connection:
        row = (await connection.execute(statement)).one_or_none()
    if row is None:
        raise UnknownPoolVersionError(f"there is no version {version} of the pool")
    return _read(row.default_model, row.models)


class LivePool:
    """The pool in force, kept up to date in memory; `load` once, then `run` as a background loop."""

    def __init__(self, engine: AsyncEngine, *, notifications: Notifications | None = None) -> None:
        self._engine = engine
        self._current: tuple[int, Pool] | None = None
        self._older: dict[int, Pool] = {}
        self._told = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []
        self._log = logging.getLogger(__name__)
        if notifications is not None:
            notifications.subscribe(CHANNEL, lambda _payload: self._told.set())

    @property
    def current(self) -> tuple[int, Pool]:
        """Version and content of the pool in force; raises NoPoolError when none was loaded."""
        if self._current is None:
            raise NoPoolError
        return self._current

    @property
    def version(self) -> int | None:
        """Version of the pool in force; None when none was loaded."""
        return None if self._current is None else self._current[0]

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener()` whenever another version has come into force."""
        self._listeners.append(listener)

    async def load(self) -> None:
        """Read the pool in force; raises NoPoolError."""
        newest = await self._newest_version()
        if newest is None:
            raise NoPoolError
        if self._current is not None and self._current[0] == newest:
            return
        self._current = await newest_pool(self._engine)
        for listener in self._listeners:
            listener()

    async def pool_at(self, version: int) -> Pool:
        """Return the pool of a version, from memory where it was asked for before.

        Raises:
            UnknownPoolVersionError: there is none.
        """
        if self._current is not None and self._current[0] == version:
            return self._current[1]
        if version not in self._older:
            self._older[version] = await pool_at(self._engine, version)
        return self._older[version]

    async def run(self) -> None:
        """Follow changes until cancelled, through any outage of Postgres."""
        while True:
            try:
                await self.load()
            except NoPoolError:
                pass  # wait for one to be applied
            except Exception as error:
                if not is_database_outage(error):
                    raise
                self._log.warning("the pool cannot be read, going on with the last one: %s", error)
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._told.wait()
            except TimeoutError:
                pass
            self._told.clear()

    async def _newest_version(self) -> int | None:
        async with self._engine.connect() as connection:
            newest = await connection.scalar(sa.select(sa.func.max(tables.pool.c.version)))
        return None if newest is None else int(newest)


def _newest() -> sa.Select[tuple[int, str, list[object]]]:
    columns = tables.pool.c
    return sa.select(columns.version, columns.default_model, columns.models).order_by(columns.version.desc()).limit(1)


def _read(default_model: str, models: list[object]) -> Pool:
    """Read a stored pool; fields a newer version of the code has written are passed over."""
    return Pool.model_validate({"default_model": default_model, "models": models}, extra="ignore")
