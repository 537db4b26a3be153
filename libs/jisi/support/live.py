"""The bank in a router's memory, kept up to date while it serves."""

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Self

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import Notifications, driver_connection, is_database_outage
from jisi.embedding.protocol import Embedder
from jisi.routing.bank import Bank
from jisi.support.identity import CHANNEL, BankIdentity, read_identity
from jisi.support.matrices import StoredBank, load_bank

POLL_SECONDS = 2.0
"""Notifications are lost while disconnected; every replica is to see a change within five seconds (DESIGN.md 1)."""
LEAST_INTERVAL_SECONDS = 1.0
"""Pause between two loads: an import announces a version with every chunk, and a large bank takes a while to load."""
KEPT_SECONDS = 900.0
"""An earlier version stays this long, for the queries that were planned with it: longer than the usual deadline."""
KEPT_BYTES = 256 * 2**20
"""Memory for earlier versions, each of them all of the bank again: three of 50,000 items, dozens of a small bank, which
an import announces one after the other. The last one is kept in any case."""


@dataclass(frozen=True, slots=True)
class _Replaced:
    bank: Bank
    at: float


class LiveBank:
    """Holds the current bank and a few earlier versions; a change in Postgres is seen by every replica within 5 s.

    `run` is one of the process's background loops. It raises BankMismatchError, and so ends the process, when the bank
    turns out to be embedded by another model than this process embeds with.
    """

    def __init__(
        self, *, engine: AsyncEngine, embedder: Embedder, stored: StoredBank, kept_bytes: int = KEPT_BYTES
    ) -> None:
        self._engine = engine
        self._embedder = embedder
        self._identity = stored.identity
        self._bank = stored.bank
        self._kept_bytes = kept_bytes
        self._earlier: OrderedDict[int, _Replaced] = OrderedDict()
        self._announced = asyncio.Event()
        self._log = logging.getLogger(__name__)

    @classmethod
    async def open(
        cls,
        *,
        engine: AsyncEngine,
        embedder: Embedder,
        notifications: Notifications,
        kept_bytes: int = KEPT_BYTES,
    ) -> Self:
        """Load the bank and subscribe to its changes; raises BankMismatchError for a bank of another embedder."""
        stored = await _load(engine, embedder)
        live = cls(engine=engine, embedder=embedder, stored=stored, kept_bytes=kept_bytes)
        notifications.subscribe(CHANNEL, lambda _version: live._announced.set())
        return live

    @property
    def current(self) -> tuple[int, Bank]:
        """The newest version in memory, and its bank."""
        return self._identity.version, self._bank

    @property
    def identity(self) -> BankIdentity:
        """Version, embedder and token basis of the current bank."""
        return self._identity

    def at(self, version: int) -> Bank | None:
        """The bank of a version; None when it is no longer, or not yet, in memory."""
        if version == self._identity.version:
            return self._bank
        earlier = self._earlier.get(version)
        return earlier.bank if earlier is not None else None

    async def refresh(self) -> bool:
        """Load the bank if it has changed, and say whether it had; queries go on with the old one meanwhile."""
        async with driver_connection(self._engine, autocommit=True) as connection:
            stored = await read_identity(connection)
        if stored == self._identity:
            return False
        loaded = await _load(self._engine, self._embedder)
        self._earlier[self._identity.version] = _Replaced(self._bank, time.monotonic())
        self._identity, self._bank = loaded.identity, loaded.bank
        self._forget()
        self._log.info("bank version %d: %d items, %d models", stored.version, len(self._bank), len(self._bank.models))
        return True

    async def run(self) -> None:
        """Refresh on every announcement and every two seconds, through any outage of Postgres."""
        while True:
            try:
                await self.refresh()
            except Exception as error:
                if not is_database_outage(error):
                    raise
                self._log.warning("the bank cannot be read: %s", error)
            self._forget()
            await asyncio.sleep(LEAST_INTERVAL_SECONDS)
            try:
                async with asyncio.timeout(POLL_SECONDS - LEAST_INTERVAL_SECONDS):
                    await self._announced.wait()
            except TimeoutError:
                pass
            self._announced.clear()

    def _forget(self) -> None:
        """Drop earlier versions that are too old, and the oldest of those that are too much."""
        oldest = time.monotonic() - KEPT_SECONDS
        held = sum(_bytes(replaced.bank) for replaced in self._earlier.values())
        while self._earlier:
            version, replaced = next(iter(self._earlier.items()))
            too_much = held > self._kept_bytes and len(self._earlier) > 1
            if replaced.at >= oldest and not too_much:
                return
            held -= _bytes(replaced.bank)
            del self._earlier[version]


def _bytes(bank: Bank) -> int:
    return bank.embeddings.nbytes + bank.scores.nbytes + bank.tokens.nbytes


async def _load(engine: AsyncEngine, embedder: Embedder) -> StoredBank:
    async with driver_connection(engine, autocommit=True) as connection:
        (await read_identity(connection)).require_embedder(embedder)
        stored = await load_bank(connection, dimensions=embedder.dimensions)
    stored.identity.require_embedder(embedder)
    return stored
