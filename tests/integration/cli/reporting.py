"""A stand-in for a replica of a service: it serves a health report that the test writes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from jisi.simulate.endpoint.serving import listening
from jisi.stack.process import ProcessState, ProcessStatus


@dataclass(slots=True)
class Replica:
    """What the supervisor knows of it, and what it reports."""

    state: ProcessState
    report: dict[str, Any]
    status: int = 200
    asked: int = 0


@asynccontextmanager
async def reporting(name: str, **report: Any) -> AsyncIterator[Replica]:
    """Serve the report while the block runs."""

    async def health(_: web.Request) -> web.Response:
        replica.asked += 1
        return web.json_response(replica.report, status=replica.status)

    application = web.Application()
    application.add_routes([web.get("/health", health)])
    async with listening(application) as url:
        state = ProcessState(
            name=name,
            replica=1,
            status=ProcessStatus.READY,
            port=None,
            health_url=f"{url}/health",
            log_file=f"{name}.log",
        )
        replica = Replica(state, report)
        yield replica
