"""Leaves endpoints alone that refuse or fail, in all replicas at once (DESIGN.md 4).

After an error that says something about the next call too (`LLMError.cool_down_seconds`) a model is not asked for a
while. When that is over, calls go again: the first success forgets it all, the next failure doubles the time.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import Notifications, driver_connection, is_database_outage
from jisi.llm.errors import KeyMissing, LLMError
from jisi.llm.spec import ModelSpec

CHANNEL = "jisi_cooldown"
POLL_SECONDS = 2.0
"""For notifications that were missed."""
LONGEST_TRANSIENT_SECONDS = 60.0
"""An endpoint that was down for hours is asked again within a minute of its return."""
LONGEST_SECONDS = 600.0
"""A refused key or an empty account is looked at again so often; a Retry-After beyond it is cut."""
_FORGET_SECONDS = 600.0
"""A cool-down that ended so long ago is no sign of a failure that goes on."""

_COOL = """
    insert into cool_down as old (model, reason, rounds, until)
    values (%(model)s, %(reason)s, 1, now() + make_interval(secs => least(%(seconds)s, %(longest)s)))
    on conflict (model) do update set
        reason = excluded.reason,
        rounds = case
            when old.until > now() then old.rounds
            when old.until < now() - make_interval(secs => %(forget)s) then 1
            else old.rounds + 1 end,
        until = case
            when old.until > now() then greatest(old.until, excluded.until)
            when old.until < now() - make_interval(secs => %(forget)s) then excluded.until
            else now() + make_interval(secs => least(%(seconds)s * 2 ^ least(old.rounds, 20), %(longest)s)) end
    returning pg_notify(%(channel)s, model)
"""
_CLEAR = """
    with cleared as (delete from cool_down where model = %(model)s and until <= now() returning model)
    select pg_notify(%(channel)s, model) from cleared
"""
_LOAD = "select model, reason, extract(epoch from until - now())::float8 from cool_down"


class Cooling(NamedTuple):
    """A model that is being left alone."""

    seconds_left: float
    reason: str
    """Wire code of the error, such as `rate_limited`."""


@dataclass(slots=True)
class _State:
    until: float
    reason: str
    here: bool = False
    """Found by this process, hence perhaps unknown to Postgres."""


class CoolDowns:
    """The cool-downs of all models, kept up to date in memory; `run` is a background loop."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        notifications: Notifications | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._states: dict[str, _State] = {}
        self._failures: dict[str, int] = {}  # in a row, of errors that need several
        self._told = asyncio.Event()
        self._log = logging.getLogger(__name__)
        if notifications is not None:
            notifications.subscribe(CHANNEL, lambda _payload: self._told.set())

    def cooling(self, name: str) -> Cooling | None:
        """Return how long and why a model is left alone; None when it may be asked. No I/O."""
        state = self._states.get(name)
        if state is None:
            return None
        left = state.until - self._clock()
        return Cooling(left, state.reason) if left > 0 else None

    async def failed(self, spec: ModelSpec, error: LLMError) -> None:
        """Take note of a call's failure; cools the model down in all replicas where the error says so.

        Without Postgres it cools down in this process alone.
        """
        name = spec.name
        seconds = self._cool_down_seconds(name, error)
        if seconds is None:
            return
        longest = (
            LONGEST_TRANSIENT_SECONDS if error.transient and error.retry_after_seconds is None else LONGEST_SECONDS
        )
        self._cool_here(name, error.code, min(seconds, longest))
        self._log.warning("%s is left alone for %.0f s at least: %s", name, min(seconds, longest), error)
        if isinstance(error, KeyMissing):
            return  # only this process lacks it
        values: dict[str, Any] = {"model": name, "reason": error.code, "seconds": seconds, "longest": longest}
        await self._write(_COOL, {**values, "forget": _FORGET_SECONDS, "channel": CHANNEL})
        self._told.set()

    async def succeeded(self, spec: ModelSpec) -> None:
        """Take note of a success: costs nothing unless the model has failed before.

        While the model is cooling it changes nothing: the call was begun before.
        """
        name = spec.name
        self._failures.pop(name, None)
        if name in self._states and self.cooling(name) is None:
            del self._states[name]
            await self._write(_CLEAR, {"model": name, "channel": CHANNEL})

    async def load(self) -> None:
        """Read all cool-downs."""
        asked_at = self._clock()
        async with driver_connection(self._engine, autocommit=True) as connection:
            rows = await (await connection.execute(_LOAD, prepare=True)).fetchall()
        states = {model: _State(asked_at + left, reason) for model, reason, left in rows}
        for name, state in self._states.items():
            if state.here and state.until > max(asked_at, states[name].until if name in states else asked_at):
                states[name] = state  # not written yet, or not to be
        self._states = states

    async def run(self) -> None:
        """Follow what other replicas find until cancelled, through any outage of Postgres."""
        while True:
            try:
                await self.load()
            except Exception as error:
                if not is_database_outage(error):
                    raise
                self._log.warning("cool-downs cannot be read, going on with those known: %s", error)
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._told.wait()
            except TimeoutError:
                pass
            self._told.clear()

    def _cool_down_seconds(self, name: str, error: LLMError) -> float | None:
        """Return for how long to leave the model alone; None for not yet or not at all."""
        seconds = error.cool_down_seconds
        if seconds is None:
            return None
        failures = self._failures[name] = self._failures.get(name, 0) + 1
        if failures < error.cool_down_after and error.retry_after_seconds is None:
            return None
        return seconds

    def _cool_here(self, name: str, reason: str, seconds: float) -> None:
        until = self._clock() + seconds
        state = self._states.get(name)
        self._states[name] = _State(max(until, state.until) if state else until, reason, here=True)

    async def _write(self, statement: str, values: dict[str, Any]) -> None:
        try:
            async with driver_connection(self._engine, autocommit=True) as connection:
                await connection.execute(statement, values)
        except Exception as error:
            if not is_database_outage(error):
                raise
            self._log.warning("a cool-down cannot be written, other replicas will find out themselves: %s", error)
