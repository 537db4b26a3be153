"""Keeps processes running: starts them in layers, restarts what dies, stops all in reverse order."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

from jisi.errors import JisiError
from jisi.stack.errors import process_failure
from jisi.stack.process import ProcessSpec, ProcessState, ProcessStatus, process_key
from jisi.stack.restarts import RestartPolicy
from jisi.stack.tether import Tethered

_READY_POLL_SECONDS = 0.05
_HEALTH_INTERVAL_SECONDS = 3.0
"""How often a running process is asked how it is; only for people to see, a death is noticed at once."""


@dataclass(slots=True)
class _Supervised:
    """A process, what is known of it, and the task that watches it."""

    spec: ProcessSpec
    state: ProcessState
    running: Tethered | None = None
    deaths: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    watch: asyncio.Task[None] | None = None


class Supervisor:
    """Runs processes that end with it. To be used within one event loop; `on_change` is called in it."""

    def __init__(
        self,
        *,
        policy: RestartPolicy | None = None,
        on_change: Callable[[ProcessState], None] = lambda _: None,
        held_descriptors: tuple[int, ...] = (),
    ) -> None:
        """Nothing is started yet; `held_descriptors` stay open until all processes are gone, even if we are killed."""
        self._policy = policy or RestartPolicy()
        self._on_change = on_change
        self._held = held_descriptors
        self._layers: list[list[_Supervised]] = []
        self._failure: asyncio.Future[JisiError] = asyncio.get_running_loop().create_future()

    @property
    def processes(self) -> list[ProcessState]:
        """All processes in the order of their start."""
        return [one.state for layer in self._layers for one in layer]

    async def start(self, specs: Iterable[ProcessSpec]) -> None:
        """Start one layer of processes together and wait until all are ready.

        Raises the error of the first that does not come up; the caller is expected to `stop` the rest.
        """
        layer = [_Supervised(spec=spec, state=_initial_state(spec)) for spec in specs]
        self._layers.append(layer)
        await together(*(self._bring_up(one) for one in layer))
        for one in layer:
            one.watch = asyncio.create_task(self._watch(one), name=f"watch {one.spec.key}")

    async def stop(self) -> None:
        """Stop all processes, the last started layer first."""
        while self._layers:
            layer = self._layers[-1]
            watches = [one.watch for one in layer if one.watch is not None]
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)
            await asyncio.gather(*(self._bring_down(one) for one in layer))
            self._layers.pop()

    async def failure(self) -> JisiError:
        """Wait until a process has died too often to be started again, and give the reason."""
        return await asyncio.shield(self._failure)

    async def kill(self, name: str, replica: int = 1) -> None:
        """Kill a process as a crash would; it is restarted as after any other death."""
        one = self._find(name, replica)
        if one.running is not None:
            one.ready.clear()
            await asyncio.to_thread(one.running.kill)

    async def until_ready(self, name: str, replica: int = 1) -> ProcessState:
        """Wait until a process is (again) ready; the caller sets the deadline."""
        one = self._find(name, replica)
        await one.ready.wait()
        return one.state

    def _find(self, name: str, replica: int) -> _Supervised:
        key = process_key(name, replica)
        return next(one for layer in self._layers for one in layer if one.spec.key == key)

    async def _bring_up(self, one: _Supervised) -> None:
        """Start a process and wait until it is ready."""
        self._note(one, one.state.status, pid=None)
        command = await asyncio.to_thread(one.spec.prepare)
        spawned = asyncio.ensure_future(asyncio.to_thread(Tethered, command, held_descriptors=self._held))
        try:
            one.running = await asyncio.shield(spawned)
        except asyncio.CancelledError:  # the thread goes on: what it starts must be known, to be stopped
            one.running = await spawned
            raise
        self._note(one, one.state.status, pid=one.running.pid, log_file=str(command.log_file))
        deadline = time.monotonic() + one.spec.ready_within_seconds
        while not await one.spec.is_ready():
            if (code := one.running.exit_code()) is not None:
                raise process_failure(f"{one.spec.key} ended while starting (exit code {code}).", command.log_file)
            if time.monotonic() > deadline:
                await self._end(one.running)
                within = f"{one.spec.ready_within_seconds:.0f} s"
                raise process_failure(f"{one.spec.key} was not ready within {within}.", command.log_file)
            await asyncio.sleep(_READY_POLL_SECONDS)
        one.ready.set()
        self._note(one, ProcessStatus.READY)

    async def _bring_down(self, one: _Supervised) -> None:
        if one.running is not None:
            await self._end(one.running)
            one.running = None
        self._note(one, ProcessStatus.STOPPED, pid=None)

    async def _end(self, running: Tethered) -> None:
        running.request_stop()
        await running.ended()

    async def _watch(self, one: _Supervised) -> None:
        """Keep a process running; should that end by a bug of ours, it is told as a failure, not swallowed."""
        try:
            await self._keep_running(one)
        except Exception as bug:
            if not self._failure.done():
                self._failure.set_exception(bug)
            raise

    async def _keep_running(self, one: _Supervised) -> None:
        """Wait for the death of a process and start it again, until that is hopeless."""
        while one.running is not None:
            ready_since = time.monotonic()
            code = await self._end_of(one, one.running)
            one.ready.clear()
            sentence = f"{one.spec.key} ended (exit code {code})."
            error: JisiError = process_failure(sentence, one.running.command.log_file)
            ready_seconds = time.monotonic() - ready_since
            while True:
                one.deaths = self._policy.deaths_after(one.deaths, ready_seconds=ready_seconds)
                if self._policy.is_hopeless(one.deaths):
                    self._give_up(one, error)
                    return
                self._note(one, ProcessStatus.RESTARTING, pid=None, restarts=one.state.restarts + 1)
                await asyncio.sleep(self._policy.delay_seconds(one.deaths))
                try:
                    await self._bring_up(one)
                except JisiError as failed:
                    error, ready_seconds = failed, 0.0
                else:
                    break

    async def _end_of(self, one: _Supervised, running: Tethered) -> int:
        """Wait for the end of the process, asking it now and then how it is."""
        ended = asyncio.ensure_future(running.ended())
        try:
            while not ended.done():
                await asyncio.wait([ended], timeout=_HEALTH_INTERVAL_SECONDS)
                if not ended.done():
                    healthy = await one.spec.is_ready()
                    self._note(one, ProcessStatus.READY if healthy else ProcessStatus.UNHEALTHY)
            return ended.result()
        finally:
            ended.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ended

    def _give_up(self, one: _Supervised, error: JisiError) -> None:
        self._note(one, ProcessStatus.FAILED, pid=None)
        if not self._failure.done():
            told = type(error)(f"{one.spec.key} died {one.deaths} times in a row and is not started again. {error}")
            self._failure.set_result(told)

    def _note(self, one: _Supervised, status: ProcessStatus, **changes: object) -> None:
        """Change what is known of a process and tell it, if it is news."""
        state = one.state.model_copy(update={"status": status, **changes})
        if state != one.state:
            one.state = state
            self._on_change(state)


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Do all at once; when one fails the others are cancelled, and its error is raised as it is, in no group."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors


def _initial_state(spec: ProcessSpec) -> ProcessState:
    return ProcessState(
        name=spec.name,
        replica=spec.replica,
        status=ProcessStatus.STARTING,
        port=spec.port,
        health_url=spec.health_url,
    )
