"""`jisi watch` and `jisi cancel`."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from jisi.client import JisiClient
from jisi.contracts.answer import AnswerV1, TimingsV1
from jisi.contracts.query import CancelV1, QueryV1

from tests.support.command_line import CommandLine, start_jisi
from tests.support.kafka import KafkaTestClient
from tests.support.scripted import Message, routed, scripted_service, step


def _script(message: QueryV1 | CancelV1) -> Sequence[Message]:
    if isinstance(message, QueryV1):
        return [step(message, "accepted", probes=["able"]), routed(message)]
    if message.cancel == "unknown":
        return []
    cancelled = AnswerV1(
        query_id=message.cancel,
        status="failed",
        code="cancelled",
        reason="cancelled",
        timings=TimingsV1(answered_ms=1),
        metadata=message.metadata,
    )
    return [cancelled.model_copy(update={"metadata": {"tenant": "another"}, "code": "not_this_one"}), cancelled]


async def test_cancel(jisi: CommandLine, kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """The cancellation goes out with its tenant, and the answer it brings about is told."""
    async with scripted_service(kafka_client, topic_prefix, _script) as service:
        ended = await asyncio.to_thread(jisi, "cancel", "mine", "--tenant", "acme")
        as_json = await asyncio.to_thread(jisi, "cancel", "mine", "--json")

    assert (ended.code, ended.err) == (0, "mine: failed (cancelled)\n")
    assert as_json.json["answer"]["code"] == "cancelled"
    assert [(asked.cancel, asked.tenant) for asked in service.cancellations] == [("mine", "acme"), ("mine", "")]


async def test_cancel_unknown(jisi: CommandLine, kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """Where nothing runs under the id, that is what is said."""
    async with scripted_service(kafka_client, topic_prefix, _script):
        ended = await asyncio.to_thread(jisi, "cancel", "unknown")

    assert ended.code == 0
    assert "It is not under way" in ended.err


@pytest.mark.usefixtures("jisi")
async def test_watch(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """Every step of every query comes as a line, as JSON where asked for; Ctrl-C ends it quietly."""
    async with (
        scripted_service(kafka_client, topic_prefix, _script),
        _watching("--json") as machine,
        _watching() as person,
        JisiClient(kafka_client.address, topic_prefix) as client,
    ):
        read = asyncio.gather(_first_line(machine), _first_line(person))
        while not read.done():  # a watcher sees what comes after it is connected, which it does not tell
            await client.ask({"query": "?", "query_id": "seen"})
            await asyncio.wait([read], timeout=0.2)
        of_machine, of_person = await read
        for process in (machine, person):
            process.send_signal(signal.SIGINT)
        _, told = await asyncio.wait_for(machine.communicate(), 20)

    assert {key: json.loads(of_machine)[key] for key in ("query_id", "stage")} == {
        "query_id": "seen",
        "stage": "accepted",
    }
    assert "seen accepted    asks able" in of_person
    assert told == b""


@asynccontextmanager
async def _watching(*options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await start_jisi("watch", *options)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _first_line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
