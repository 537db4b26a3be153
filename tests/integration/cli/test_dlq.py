"""`jisi dlq`: dead letters on a real broker."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import ConsumerRecord
from jisi.contracts.topics import Topics
from jisi.errors import InputError
from jisi.messaging.guard import dead_letter
from jisi.messaging.publisher import Publisher
from jisi.messaging.records import Record

from tests.support.command_line import CommandLine
from tests.support.kafka import KafkaTestClient

Bury = Callable[[str, bytes | None, Exception], Awaitable[None]]


class MalformedError(InputError):
    """As the router's."""

    code = "malformed_query"


@pytest.fixture
async def topics(kafka_client: KafkaTestClient, topic_prefix: str) -> Topics:
    """All topics, made."""
    topics = Topics(topic_prefix)
    await kafka_client.create_topics(topics.all)
    return topics


@pytest.fixture
def bury(kafka_client: KafkaTestClient, topics: Topics) -> Bury:
    """Put a record into its topic's dead letters, as the guard of a service does."""

    async def bury(topic: str, value: bytes | None, error: Exception) -> None:
        record = Record(
            topic=topic,
            partition=0,
            offset=9,
            timestamp_ms=0,
            key=b"its key",
            value=value,
            headers=[("traceparent", b"00-ab-cd-01"), ("raw", b"\xff")],
        )
        try:
            raise error
        except type(error):
            pass  # it has a traceback now
        publisher = Publisher(kafka_client.connection)
        await publisher.start()
        letter = dead_letter(record, error, topic=topics.dead_letters(topic), service="router-1")
        await publisher.publish_or_raise([letter])
        await publisher.stop()

    return bury


async def test_list_and_show(jisi: CommandLine, topics: Topics, bury: Bury) -> None:
    """Letters are listed oldest first with their reason, and shown with all they hold, untouched."""
    await bury(topics.queries, b'{"query_id": "mine", "query": 5}', MalformedError("query: no text"))
    await bury(topics.candidates, b"\xff", ValueError("what?"))
    listed = await asyncio.to_thread(jisi, "dlq", "list")
    as_json = await asyncio.to_thread(jisi, "dlq", "list", "--json")
    of_topic = await asyncio.to_thread(jisi, "dlq", "list", "--topic", "candidates", "--json")
    first, second = as_json.json["letters"]
    shown = await asyncio.to_thread(jisi, "dlq", "show", first["letter"], "--json")
    for_people = await asyncio.to_thread(jisi, "dlq", "show", second["letter"])

    assert (listed.code, as_json.code, shown.code) == (0, 0, 0)
    assert [first["code"], second["code"]] == ["malformed_query", "bug"]
    assert first["letter"] == f"{topics.queries}.dlq/0/0"
    assert (first["query_id"], first["service"], first["source"]) == ("mine", "router-1", f"{topics.queries}/0/9")
    assert "ValueError: what?" in listed.out
    assert [letter["code"] for letter in of_topic.json["letters"]] == ["bug"]
    assert (shown.json["key"], shown.json["value"]) == ("its key", '{"query_id": "mine", "query": 5}')
    assert ["raw", "\\xff"] in shown.json["headers"]
    assert "Traceback" in for_people.out


async def test_replay(jisi: CommandLine, kafka_client: KafkaTestClient, topics: Topics, bury: Bury) -> None:
    """A replayed letter goes to its topic as it was, tells where it was, and is not replayed again unless told to."""
    value = b'{"v":1,"query":"3b1f8c1e-0000-4000-8000-000000000000"}'
    await bury(topics.candidates, value, ValueError("a bug"))
    place = f"{topics.candidates}.dlq/0/0"
    first = await asyncio.to_thread(jisi, "dlq", "replay", place, "--json")
    second = await asyncio.to_thread(jisi, "dlq", "replay", "--all", "--json")
    third = await asyncio.to_thread(jisi, "dlq", "replay", "--all", "--again", "--json")
    listed = await asyncio.to_thread(jisi, "dlq", "list", "--json")
    records = await kafka_client.records(topics.candidates)

    replayed = {"letter": place, "topic": topics.candidates, "new_query_id": None}
    assert first.json == {"replayed": [replayed], "replayed_before": 0}
    assert second.json == {"replayed": [], "replayed_before": 1}
    assert third.json == {"replayed": [replayed], "replayed_before": 0}
    assert len(listed.json["letters"]) == 1
    assert len(listed.json["letters"][0]["replays"]) == 2
    assert [_content(record) for record in records] == [
        (b"its key", value, {"traceparent": b"00-ab-cd-01", "raw": b"\xff", "dlq-replayed-from": place.encode()})
    ] * 2


async def test_replay_of_malformed(
    jisi: CommandLine, kafka_client: KafkaTestClient, topics: Topics, bury: Bury
) -> None:
    """A malformed query was answered under its id, so it takes a new one; another each time, but for a lost mark."""
    await bury(topics.queries, b'{"query_id": "mine", "query": "x", "tools": [1]}', MalformedError("tools"))
    await bury(topics.queries, b'{"query": "no id"}', MalformedError("whatever"))
    first = await asyncio.to_thread(jisi, "dlq", "replay", "--all", "--code", "malformed_query", "--json")
    await asyncio.to_thread(jisi, "dlq", "replay", f"{topics.queries}.dlq/0/0", "--again")
    records = await kafka_client.records(topics.queries)

    ids = [json.loads(record.value or b"").get("query_id") for record in records]
    assert len(set(ids)) == 3
    assert "mine" not in ids
    assert first.json["replayed"][0]["new_query_id"] in ids
    assert first.json["replayed"][1]["new_query_id"] is None
    renamed = next(record for record in records if record.value and b"tools" in record.value)
    assert renamed.key == str(json.loads(renamed.value or b"")["query_id"]).encode()


async def test_replay_keeps_ids(jisi: CommandLine, kafka_client: KafkaTestClient, topics: Topics, bury: Bury) -> None:
    """A query that was dead-lettered by a bug has no answer: it keeps its bytes, unless a new id is asked for."""
    value = b'{"query_id":"mine","query":"x"}'
    await bury(topics.queries, value, ValueError("a bug"))
    await asyncio.to_thread(jisi, "dlq", "replay", "--all")
    renamed = await asyncio.to_thread(jisi, "dlq", "replay", "--all", "--again", "--new-id", "--json")
    values = [record.value or b"" for record in await kafka_client.records(topics.queries)]

    assert value in values
    assert {json.loads(one)["query_id"] for one in values} == {"mine", renamed.json["replayed"][0]["new_query_id"]}


async def test_empty(jisi: CommandLine, kafka_client: KafkaTestClient, topics: Topics) -> None:
    """A letter without key, body and headers of ours is one all the same."""
    await kafka_client.publish(topics.dead_letters(topics.queries), b"")
    listed = await asyncio.to_thread(jisi, "dlq", "list", "--json")
    replayed = await asyncio.to_thread(jisi, "dlq", "replay", "--all")
    (record,) = await kafka_client.records(topics.queries)

    assert [letter["code"] for letter in listed.json["letters"]] == ["unknown"]
    assert replayed.code == 0
    assert (record.key, record.value) == (None, b"")


async def test_tombstone(jisi: CommandLine, kafka_client: KafkaTestClient, topics: Topics, bury: Bury) -> None:
    """A letter without body is no mark of a replay."""
    await bury(topics.generation, None, ValueError("no body"))
    await asyncio.to_thread(jisi, "dlq", "replay", "--all")
    listed = await asyncio.to_thread(jisi, "dlq", "list", "--json")
    (record,) = await kafka_client.records(topics.generation)

    assert [len(letter["replays"]) for letter in listed.json["letters"]] == [1]
    assert (record.key, record.value) == (b"its key", None)


async def test_wrong_names(jisi: CommandLine, topics: Topics) -> None:
    """A letter or topic that is not there is told with what to do; nothing and everything at once is wrong usage."""
    missing = await asyncio.to_thread(jisi, "dlq", "show", f"{topics.queries}.dlq/0/5")
    no_topic = await asyncio.to_thread(jisi, "dlq", "list", "--topic", "answers")
    nothing = await asyncio.to_thread(jisi, "dlq", "replay")
    empty = await asyncio.to_thread(jisi, "dlq", "list")

    assert (missing.code, no_topic.code, nothing.code, empty.code) == (1, 1, 2, 0)
    assert "`jisi dlq list` names them" in missing.err
    assert "There is no topic answers with dead letters" in no_topic.err
    assert "There are no dead letters." in empty.err


def test_no_topics(jisi: CommandLine) -> None:
    """Where JiSi never ran, that is what is said, and nothing is created."""
    ended = jisi("dlq", "list")

    assert ended.code == 1
    assert "JiSi never ran there" in ended.err


def _content(record: ConsumerRecord) -> tuple[bytes | None, bytes | None, dict[str, bytes]]:
    return record.key, record.value, dict(record.headers)
