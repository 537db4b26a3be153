"""A service that is started while a server it needs is down."""

import asyncio

import aiohttp
import pytest
from jisi.messaging.connection import KafkaConnection
from jisi.messaging.topics import create_topics
from jisi.stack.ports import free_port
from pydantic import SecretStr

from services.switch.app import create_app
from services.switch.settings import SwitchSettings
from tests.integration.telemetry.relay import Relay, relay_to
from tests.support.waiting import eventually


async def _status(port: int) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/health") as response:
        return response.status


@pytest.mark.parametrize("down", ["postgres", "kafka"])
async def test_it_waits_for_the_server(
    down: str, kafka_server: str, database_url: str, topic_prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It does not die of a server that is down, but starts when that is up, in the same process."""
    await create_topics(KafkaConnection(kafka_server), prefix=topic_prefix)
    async with relay_to(database_url) as postgres, relay_to(f"//{kafka_server}") as kafka:
        relays: dict[str, Relay] = {"postgres": postgres, "kafka": kafka}
        await relays[down].cut()
        port, stop = free_port(), asyncio.Event()
        settings = SwitchSettings(
            kafka=kafka.url.rpartition("@")[2],
            topic_prefix=topic_prefix,
            database_url=SecretStr(postgres.url),
            health_port=port,
        )
        running = asyncio.create_task(create_app(settings).run(stop))

        await eventually(lambda: "cannot start yet" in caplog.text, within_seconds=30)
        assert not running.done()
        await relays[down].join()

        await eventually(lambda: _is_ready(port), within_seconds=30, reason="it is ready")
        stop.set()
        await asyncio.wait_for(running, 30)


async def _is_ready(port: int) -> bool:
    return await _status(port) == 200


async def test_it_ends_when_told_while_it_waits(
    database_url: str, topic_prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A service that cannot start yet is no harder to stop than another."""
    settings = SwitchSettings(
        kafka=f"127.0.0.1:{free_port()}", topic_prefix=topic_prefix, database_url=SecretStr(database_url)
    )
    stop = asyncio.Event()
    running = asyncio.create_task(create_app(settings).run(stop))

    await eventually(lambda: "cannot start yet" in caplog.text, within_seconds=30)
    stop.set()
    await asyncio.wait_for(running, 30)
