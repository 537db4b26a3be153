"""Endpoint limits that hold over all replicas of all services, without a round trip a call (DESIGN.md 3).

Each replica is lent a share of every model's slots, renewed about once a second with a lease, and divides it among its
calls in memory. It asks out of turn when a call was turned away; the others hear of it and give back what is above
their fair part, as soon as their calls end. `jisi.llm.fair_share` decides the parts, `jisi.llm.share_store` keeps them.
"""

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import Notifications, is_database_outage
from jisi.llm.share import ModelShare
from jisi.llm.share_store import CHANNEL, LEASE_SECONDS, give_back, read_message, renew_shares
from jisi.llm.spec import ModelSpec
from jisi.llm.store import NoPoolError

RENEW_SECONDS = 1.0
"""How often all shares are renewed: several may be missed before the lease ends."""
_PAUSE_SECONDS = 0.02
"""Between two renewals out of turn, so that many wishes make one transaction."""
_OUTAGE_PAUSE_SECONDS = 0.5
"""Before the next try while Postgres is down."""
_TIMEOUT_SECONDS = 5.0
"""A renewal that takes longer has failed: Postgres hangs."""


class EndpointLimits:
    """Says whether a call to a model may begin. `run` is a background loop; nothing begins before its first round.

    Use it from one event loop: `if limits.try_acquire(spec): try: ... finally: limits.release(spec.name)`. When it says
    no, report what waits by `waiting` and try again once `wake` is set.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        replica: str,
        models: Callable[[], Sequence[ModelSpec]],
        max_calls_in_flight: int = 256,
        notifications: Notifications | None = None,
        lease_seconds: float = LEASE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Set up; nothing is read before `run`.

        Args:
            engine: where shares are kept.
            replica: name of this process, for people; a part is added that makes it unique, so that a restarted process
                never takes over the share of calls its predecessor may still run.
            models: the models of the pool in force, asked at each renewal.
            max_calls_in_flight: of this process, over all models: what its memory and connections bear.
            notifications: makes handing over quick; without it, it goes by the renewals.
            lease_seconds: how long a share outlives its replica.
            clock: seconds, for tests.
        """
        self.wake = asyncio.Event()
        """Set when a call that was turned away might begin now; clear it before trying."""
        self._engine = engine
        self._replica = f"{replica}#{secrets.token_hex(4)}"
        self._models = models
        self._max_calls_in_flight = max_calls_in_flight
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._shares: dict[str, ModelShare] = {}
        self._in_flight = 0
        self._turned_away = False
        self._urgent: set[str] = set()
        self._urged = asyncio.Event()
        self._log = logging.getLogger(__name__)
        if notifications is not None:
            notifications.subscribe(CHANNEL, self._hear)

    @property
    def in_flight(self) -> int:
        """Calls of this process that run now."""
        return self._in_flight

    def try_acquire(self, spec: ModelSpec) -> bool:
        """Begin a call if the limits allow it now; no I/O. Every True must be followed by one `release`."""
        share = self._share(spec)
        if self._in_flight >= self._max_calls_in_flight:
            self._turned_away = True
            return False
        now = self._clock()
        if share.begin(now):
            self._in_flight += 1
            return True
        self._turned_away = True
        if share.may_ask(now):
            self._urge(spec.name)
        return False

    def release(self, name: str) -> None:
        """End a call to this model."""
        share = self._shares[name]
        share.end()
        self._in_flight -= 1
        if share.should_give_back:
            self._urge(name)
        self._wake()

    def waiting(self, name: str, count: int) -> None:
        """Report how many calls to this model wait in this process; replaces the last report."""
        share = self._shares.get(name)
        if share is None or share.waiting == count:
            return
        now = self._clock()
        grows = count > share.waiting
        share.waiting = count
        if grows and share.limited and not share.free(now) and share.may_ask(now):
            self._urge(name)

    def free(self, name: str) -> int:
        """Return how many calls to this model could begin now; 0 for a model that is not in the pool."""
        share = self._shares.get(name)
        if share is None:
            self._know_pool()
            share = self._shares.get(name)
        if share is None:
            return 0
        here = self._max_calls_in_flight - self._in_flight
        free = share.free(self._clock())
        return max(0, here if free is None else min(here, free))

    async def run(self) -> None:
        """Renew the shares until cancelled, through any outage of Postgres: then nothing begins once the lease ends."""
        next_round = self._clock()
        while True:
            now = self._clock()
            whole_round = now >= next_round
            if whole_round:
                self._know_pool()
                next_round = now + RENEW_SECONDS * random.uniform(0.9, 1.1)  # noqa: S311 - spreads the replicas
            names = list(self._shares) if whole_round else [name for name in self._urgent if name in self._shares]
            self._urgent.clear()
            self._urged.clear()
            renewed = await self._renew_guarded([self._shares[name] for name in names])
            await asyncio.sleep(_PAUSE_SECONDS if renewed else _OUTAGE_PAUSE_SECONDS)
            await self._until(min([next_round, *self._request_times()]))

    async def close(self) -> None:
        """Give back the shares of models without a running call; call it when `run` has ended."""
        idle = [share.name for share in self._shares.values() if share.limited and share.in_flight == 0]
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await give_back(self._engine, replica=self._replica, models=idle)
        except Exception as error:
            if not is_database_outage(error) and not isinstance(error, TimeoutError):
                raise
            self._log.warning("shares of endpoints were not given back, they expire: %s", error)

    async def _renew_guarded(self, shares: Sequence[ModelShare]) -> bool:
        """Renew shares; False when Postgres is down."""
        limited = sorted((share for share in shares if share.limited), key=lambda share: share.name)
        if not limited:
            return True
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await self._renew(limited)
        except Exception as error:
            if not is_database_outage(error) and not isinstance(error, TimeoutError):
                raise
            self._log.warning("shares of endpoints cannot be renewed: %s", str(error) or type(error).__name__)
            return False
        return True

    async def _renew(self, shares: Sequence[ModelShare]) -> None:
        asked_at = self._clock()
        wishes = [share.wish(asked_at) for share in shares]
        grants = await renew_shares(
            self._engine, replica=self._replica, wishes=wishes, lease_seconds=self._lease_seconds
        )
        now = self._clock()
        for share in shares:
            share.take(grants[share.name], asked_at=asked_at, now=now, lease_seconds=self._lease_seconds)
            if share.should_give_back:
                self._urge(share.name)
        if any(share.wants_more(now) and share.free(now) for share in shares):
            self._wake()

    def _share(self, spec: ModelSpec) -> ModelShare:
        share = self._shares.get(spec.name)
        if share is None:
            share = self._shares[spec.name] = ModelShare(spec.name, spec.limits)
            if share.limited:
                self._urge(spec.name)
        elif share.limits is not spec.limits and share.limits != spec.limits:
            share.limits = spec.limits
            self._urge(spec.name)
        return share

    def _know_pool(self) -> None:
        """Take in the models of the pool; one that left it gives its share back once its last call has ended."""
        try:
            models = {spec.name: spec for spec in self._models()}
        except NoPoolError:
            return
        for spec in models.values():
            self._share(spec)
        for name in self._shares.keys() - models.keys():
            if self._shares[name].in_flight == 0:
                del self._shares[name]  # its row expires

    def _hear(self, payload: str) -> None:
        """Take a notification; an empty one means that some may have been missed."""
        message = read_message(payload)
        if message is None:
            self._urge_all(share for share in self._shares.values() if share.limited)
        elif message.replica != self._replica and (share := self._shares.get(message.model)) is not None:
            if message.kind == "wanted" and share.holds:
                self._urge(share.name)
            elif message.kind == "freed" and share.wants_more(self._clock()):
                share.invite()
                self._urge(share.name)

    def _urge(self, name: str) -> None:
        self._urgent.add(name)
        self._urged.set()

    def _urge_all(self, shares: Iterable[ModelShare]) -> None:
        for share in shares:
            self._urge(share.name)

    def _wake(self) -> None:
        if self._turned_away or any(share.waiting for share in self._shares.values()):
            self._turned_away = False
            self.wake.set()

    def _request_times(self) -> list[float]:
        now = self._clock()
        times = {share.name: share.next_request_at(now) for share in self._shares.values()}
        due = {name: at for name, at in times.items() if at is not None}
        self._urgent.update(name for name, at in due.items() if at <= now)
        return list(due.values())

    async def _until(self, moment: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, moment - self._clock())):
                await self._urged.wait()
        except TimeoutError:
            pass
