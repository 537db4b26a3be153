"""What a supervisor is told: whether a process is of use now, and whether it must be started again."""

import asyncio

import aiohttp
import pytest
from jisi.database import create_engine
from jisi.messaging.connection import KafkaConnection
from jisi.messaging.topics import create_topics
from jisi.runtime.health import HealthServer
from jisi.runtime.loops import Loops
from jisi.stack.ports import free_port
from jisi.telemetry.metrics import Metrics
from pydantic import SecretStr

from services.switch.app import create_app
from services.switch.settings import SwitchSettings
from tests.integration.telemetry.relay import relay_to
from tests.support.waiting import eventually


async def _status(port: int, page: str) -> int:
    address = f"http://127.0.0.1:{port}/{page}"
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        return response.status


async def _outages(port: int) -> set[str]:
    address = f"http://127.0.0.1:{port}/live"
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        return set((await response.json())["outages"])


async def test_an_outage_of_postgres_is_no_reason_to_restart(
    kafka_server: str, database_url: str, topic_prefix: str
) -> None:
    """While Postgres is down a process is not ready but alive: else all would be restarted, and help nobody."""
    await create_topics(KafkaConnection(kafka_server), prefix=topic_prefix)
    port, stop = free_port(), asyncio.Event()

    async def ready() -> bool:
        return await _status(port, "health") == 200

    async def waits_for_postgres() -> bool:
        return {"timers", "reconciler", "measures"} <= await _outages(port)

    async with relay_to(database_url) as postgres:
        settings = SwitchSettings(
            kafka=kafka_server, topic_prefix=topic_prefix, database_url=SecretStr(postgres.url), health_port=port
        )
        running = asyncio.create_task(create_app(settings).run(stop))
        await eventually(ready, within_seconds=30, reason="it is ready")
        alive_before = await _status(port, "live")

        await postgres.cut()
        await eventually(waits_for_postgres, within_seconds=30, reason="its loops have met the outage")
        meanwhile = await _status(port, "health"), await _status(port, "live")

        await postgres.join()
        await eventually(ready, within_seconds=30, reason="it is ready again")
        stop.set()
        await asyncio.wait_for(running, 30)

    assert alive_before == 200
    assert meanwhile == (503, 200)


async def test_a_stuck_loop_is_a_reason_to_restart(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that hangs makes the process neither ready nor alive, though Postgres answers."""
    monkeypatch.setattr("jisi.runtime.loops.STUCK_AFTER_SECONDS", 0.05)
    engine, loops, port = create_engine(database_url), Loops(), free_port()
    hung = asyncio.Event()
    loops.every("hangs", 0.0, hung.wait)
    health = HealthServer(service="switch", instance="switch-1", engine=engine, loops=loops, metrics=Metrics())

    async def is_dead() -> bool:
        return await _status(port, "live") == 503

    await health.start("127.0.0.1", port)
    try:
        health.ready(ready=True)
        loops.start()
        await eventually(is_dead, within_seconds=10, reason="the loop is found stuck")

        assert await _status(port, "health") == 503
    finally:
        await loops.stop()
        await health.stop()
        await engine.dispose()
