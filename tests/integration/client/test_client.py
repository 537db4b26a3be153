"""What a user's own program sees of JiSi through its public topics."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest
from jisi.client import JisiClient, KafkaUnreachableError, NoAnswerError, QueryTooLargeError, TopicMissingError
from jisi.contracts.answer import AnswerV1
from jisi.contracts.query import CancelV1, MalformedQueryError, QueryV1
from jisi.contracts.topics import Topics
from jisi.stack.ports import free_port

from tests.support.kafka import KafkaTestClient
from tests.support.scripted import Message, routed, scripted_service, step
from tests.support.waiting import eventually


def _answer(message: QueryV1 | CancelV1) -> Sequence[Message]:
    assert isinstance(message, QueryV1)
    return [step(message, "accepted", probes=["able"]), routed(message, text=f"answer to {message.text}")]


def _answer_twice(message: QueryV1 | CancelV1) -> Sequence[Message]:
    return [*_answer(message), *_answer(message)]


def _nothing(_: QueryV1 | CancelV1) -> Sequence[Message]:
    return []


async def test_ask(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """Questions asked at once get their own answers, whatever form they were given in."""
    async with (
        scripted_service(kafka_client, topic_prefix, _answer) as service,
        JisiClient(kafka_client.address, topic_prefix) as jisi,
    ):
        answers = await asyncio.gather(
            jisi.ask("one"),
            jisi.ask({"query": "two", "max_calls": 4}),
            jisi.ask(QueryV1(query_id="mine", query="three")),
            jisi.ask({"messages": [{"role": "user", "content": "four"}]}),
        )

    assert [answer.text for answer in answers] == [f"answer to {text}" for text in ("one", "two", "three", "four")]
    assert answers[2].query_id == "mine"
    assert sorted((query.text, query.max_calls) for query in service.queries) == [
        ("four", None),
        ("one", None),
        ("three", None),
        ("two", 4),
    ]


async def test_key_and_explicit_id(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """A query is published under its id, which is always in its body."""
    async with (
        scripted_service(kafka_client, topic_prefix, _nothing) as service,
        JisiClient(kafka_client.address, topic_prefix) as jisi,
    ):
        query_id = await jisi.submit("hello")
        await jisi.cancel(query_id, tenant="acme")
        records = await kafka_client.records(Topics(topic_prefix).queries)
        await eventually(lambda: service.cancellations, within_seconds=10)

    assert [record.key for record in records] == [query_id.encode()] * 2
    assert service.queries == [QueryV1(query_id=query_id, query="hello")]
    assert service.cancellations == [CancelV1(cancel=query_id, metadata={"tenant": "acme"})]


async def test_nothing_is_missed(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """What came since entering is seen, though `answers` and `progress` were begun later; what came before is not."""
    async with scripted_service(kafka_client, topic_prefix, _answer):
        async with JisiClient(kafka_client.address, topic_prefix) as before:
            await before.ask({"query": "earlier", "query_id": "earlier"})
        async with JisiClient(kafka_client.address, topic_prefix) as jisi:
            await jisi.ask({"query": "now", "query_id": "now"})
            async with aclosing(jisi.answers()) as answers, aclosing(jisi.progress()) as progress:
                first_answer, first_step = await anext(answers), await anext(progress)

    assert (first_answer.query_id, first_step.query_id) == ("now", "now")


async def test_repeated_answers(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """An answer that is published again is given once; whoever asks again gets it again."""
    async with (
        scripted_service(kafka_client, topic_prefix, _answer_twice),
        JisiClient(kafka_client.address, topic_prefix) as jisi,
    ):
        query = QueryV1(query_id="same", query="again?")
        first = await jisi.ask(query)
        second = await jisi.ask(query)
        await jisi.ask({"query": "the end", "query_id": "last"})
        seen = await _until_last(jisi)

    assert first == second
    assert seen == ["same", "last"]


async def test_same_id_of_two_tenants(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """Two tenants that use the same id each get their own answer."""
    async with (
        scripted_service(kafka_client, topic_prefix, _answer),
        JisiClient(kafka_client.address, topic_prefix) as jisi,
    ):
        one, other = await asyncio.gather(
            jisi.ask({"query": "of one", "query_id": "1", "metadata": {"tenant": "one"}}),
            jisi.ask({"query": "of another", "query_id": "1", "metadata": {"tenant": "another"}}),
        )

    assert (one.text, other.text) == ("answer to of one", "answer to of another")


async def test_foreign_records_are_left_out(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """A record on the answers topic that is no answer stops nobody."""
    topic = Topics(topic_prefix).answers
    async with (
        scripted_service(kafka_client, topic_prefix, _answer),
        JisiClient(kafka_client.address, topic_prefix) as jisi,
    ):
        for value in (b"", b"\xff\xfe", b"[]", b'{"version": 1}'):
            await kafka_client.publish(topic, value)
        answer = await jisi.ask("still there?", timeout_seconds=30)

    assert answer.text == "answer to still there?"


async def test_no_answer(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """Where nobody answers in the time given, the error says how to get the answer later."""
    async with (
        scripted_service(kafka_client, topic_prefix, _nothing),
        JisiClient(kafka_client.address, topic_prefix) as jisi,
    ):
        with pytest.raises(NoAnswerError, match=r"No answer to query mine came within 0.2 s.*same id"):
            await jisi.ask({"query": "anybody?", "query_id": "mine"}, timeout_seconds=0.2)


async def test_leaving_ends_iterations(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """Whoever still listens when the client is left is told that nothing more comes."""
    async with scripted_service(kafka_client, topic_prefix, _answer):
        async with JisiClient(kafka_client.address, topic_prefix) as jisi:
            listening = asyncio.create_task(_all_answers(jisi))
            await jisi.ask({"query": "one", "query_id": "one"})
            await eventually(lambda: jisi._consumers, within_seconds=10)
        given = await asyncio.wait_for(listening, 10)

    assert given in ([], ["one"])


async def test_too_large(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """A query that Kafka would refuse is refused with its size."""
    async with (
        scripted_service(kafka_client, topic_prefix, _nothing),
        JisiClient(kafka_client.address, topic_prefix) as jisi,
    ):
        with pytest.raises(QueryTooLargeError, match="8388608"):
            await jisi.submit("x" * 9_000_000)


async def test_malformed(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """What a service would refuse is refused before it is published, naming the field."""
    async with (
        scripted_service(kafka_client, topic_prefix, _nothing) as service,
        JisiClient(kafka_client.address, topic_prefix) as jisi,
    ):
        for wrong, field in (
            ({"query": "x", "max_calls": 0}, "max_calls"),
            ({}, "query"),
            ("  ", "empty"),
            ({"query": "x", "n": 2}, "`n`"),
            ({"cancel": "x"}, "cancel"),
        ):
            with pytest.raises(MalformedQueryError, match=field):
                await jisi.submit(wrong)

    assert service.queries == []


async def test_topic_missing(kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """On a broker without JiSi's topics the error names the topic and the setting, and nothing is created."""
    with pytest.raises(TopicMissingError, match=r"jisi.answers.v1.*JISI_TOPIC_PREFIX"):
        async with JisiClient(kafka_client.address, topic_prefix):
            pass

    assert Topics(topic_prefix).answers not in await kafka_client.topics()


async def test_unreachable() -> None:
    """Without a broker the error names the address."""
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(KafkaUnreachableError, match=address):
        async with JisiClient(address):
            pass


async def _all_answers(jisi: JisiClient) -> list[str]:
    return [answer.query_id async for answer in jisi.answers()]


async def _until_last(jisi: JisiClient) -> list[str]:
    seen: list[AnswerV1] = []
    async with aclosing(jisi.answers()) as answers:
        async for answer in answers:
            seen.append(answer)
            if answer.query_id == "last":
                break
    return [answer.query_id for answer in seen]
