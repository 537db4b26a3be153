"""Health and metrics of a process over HTTP: ready, alive, and what the loops are doing."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import driver_connection
from jisi.runtime.loops import Loops
from jisi.telemetry.metrics import Metrics

DATABASE_WITHIN_SECONDS = 2.0


class HealthServer:
    """Serves `/health` (ready for work), `/live` (restart me if not) and `/metrics`."""

    def __init__(self, *, service: str, instance: str, engine: AsyncEngine, loops: Loops, metrics: Metrics) -> None:
        self._service = service
        self._instance = instance
        self._engine = engine
        self._loops = loops
        self._metrics = metrics
        self._ready = False
        self._runner: web.AppRunner | None = None
        self.details: dict[str, Callable[[], Any]] = {}
        """What else is shown, such as versions in use; asked for each report, so that none is out of date."""
        metrics.watch_state(self._works, loops.stuck)
        metrics.watch_versions(lambda: {name: tell() for name, tell in self.details.items()})

    async def start(self, host: str, port: int) -> None:
        """Begin to serve; not ready yet."""
        app = web.Application()
        pages = {"/health": self._health, "/live": self._live, "/metrics": self._scrape}
        app.add_routes([web.get(path, page) for path, page in pages.items()])
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()

    async def stop(self) -> None:
        """Stop serving."""
        if self._runner is not None:
            await self._runner.cleanup()

    def ready(self, *, ready: bool) -> None:
        """Say whether the process takes work."""
        self._ready = ready

    async def _health(self, _request: web.Request) -> web.Response:
        report = self._report()
        report["database"] = await self._database()
        good = self._works() and report["database"] == "ok"
        return web.json_response({"status": "ok" if good else "unavailable", **report}, status=200 if good else 503)

    async def _live(self, _request: web.Request) -> web.Response:
        report = self._report()
        return web.json_response(report, status=503 if report["stuck"] else 200)

    async def _scrape(self, _request: web.Request) -> web.Response:
        text = generate_latest(self._metrics.registry)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _works(self) -> bool:
        return self._ready and not self._loops.stuck() and not self._loops.outages()

    def _report(self) -> dict[str, Any]:
        return {
            "service": self._service,
            "instance": self._instance,
            "ready": self._ready,
            "loop_ages_seconds": {name: round(age, 3) for name, age in self._loops.ages().items()},
            "stuck": self._loops.stuck(),
            "outages": self._loops.outages(),
            **{name: tell() for name, tell in self.details.items()},
        }

    async def _database(self) -> str:
        try:
            async with asyncio.timeout(DATABASE_WITHIN_SECONDS), driver_connection(self._engine) as connection:
                await connection.execute("select 1")
        except Exception as error:  # noqa: BLE001 - whatever it is, the database does not answer
            return f"{type(error).__name__}: {error}"
        return "ok"
