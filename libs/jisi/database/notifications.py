"""Postgres notifications of one process: a single LISTEN connection that hands payloads to subscribers.

A notification only saves waiting: whoever subscribes also polls, since what is sent while nobody listens is lost.
"""

import asyncio
import logging
from collections.abc import Callable

import psycopg
from psycopg import sql

from jisi.database.engine import driver_url

RECONNECT_SECONDS = 0.5
"""Pause before listening again after Postgres went away: it restarts within a second."""

Callback = Callable[[str], None]


class Notifications:
    """Listens on channels and calls their subscribers with each payload.

    `run` is one of the process's background loops; subscribe before it starts. After a reconnection every subscriber is
    called with an empty payload, for it may have missed something.
    """

    def __init__(self, url: str) -> None:
        self._url = driver_url(url)
        self._callbacks: dict[str, list[Callback]] = {}
        self._listening = asyncio.Event()
        self._log = logging.getLogger(__name__)

    def subscribe(self, channel: str, callback: Callback) -> None:
        """Call `callback(payload)` for each notification on the channel; it must be quick and not raise."""
        self._callbacks.setdefault(channel, []).append(callback)

    async def listening(self) -> None:
        """Wait until the channels are listened on."""
        await self._listening.wait()

    async def run(self) -> None:
        """Listen until cancelled, through any outage of Postgres."""
        first = True
        while True:
            try:
                await self._listen(missed=not first)
            except (psycopg.Error, OSError) as error:
                self._log.warning("not listening for notifications: %s", error)
            first = False
            self._listening.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self, *, missed: bool) -> None:
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True, connect_timeout=5)
        async with connection:
            for channel in self._callbacks:
                await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
            self._listening.set()
            if missed:
                for channel in self._callbacks:
                    self._call(channel, "")
            async for notification in connection.notifies():
                self._call(notification.channel, notification.payload)

    def _call(self, channel: str, payload: str) -> None:
        for callback in self._callbacks.get(channel, []):
            callback(payload)
