"""Runs an application on a socket until a signal ends it."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator

from aiohttp import web


@contextlib.asynccontextmanager
async def listening(application: web.Application, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve while the block runs; yields the base URL, with the port that was bound when 0 was asked for.

    Handlers are cancelled when their client goes away: this is how a cancelled call is noticed.
    Raises OSError when the port is in use.
    """
    runner = web.AppRunner(application, handler_cancellation=True, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, backlog=1024)
        await site.start()
        bound = runner.addresses[0]
        yield f"http://{bound[0]}:{bound[1]}"
    finally:
        await runner.cleanup()


async def serve_until_signal(application: web.Application, *, host: str, port: int, title: str) -> None:
    """Serve until SIGINT or SIGTERM, saying on standard output where."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with listening(application, host=host, port=port) as url:
        sys.stdout.write(f"{title} at {url}/v1\n")
        sys.stdout.flush()
        await stop.wait()
