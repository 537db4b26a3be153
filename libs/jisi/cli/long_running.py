"""How commands that run a stack end: told by a signal, or because a process of the stack was given up."""

import asyncio
import signal
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

import typer

from jisi.stack.stack import Stack

TERMINATED = 143
"""What a shell reports of a command ended by SIGTERM."""

T = TypeVar("T")


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """Run it; SIGTERM and SIGHUP end it as Ctrl-C does, everything it started stopped in order."""
    told = False

    async def guarded() -> T:
        nonlocal told
        task = asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"

        def stop() -> None:
            nonlocal told
            told = True
            task.cancel()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stop)
        return await work

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError:
        if told:
            raise typer.Exit(TERMINATED) from None
        raise


async def unless_it_fails(stack: Stack, work: Awaitable[T]) -> T:
    """Do the work, or raise why a process of the stack was given up meanwhile."""
    failing = asyncio.ensure_future(stack.failure())
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait([working, failing], return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise failing.result()
        return working.result()
    finally:
        for task in (working, failing):
            task.cancel()
        await asyncio.gather(working, failing, return_exceptions=True)
