"""Several replicas share the work, come and go, and read everything again: nothing is lost, nothing bought twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from jisi.contracts.topics import Service

from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import CELLS, MOONS, TRAINS
from tests.support.system import ALL, System, system
from tests.support.waiting import eventually

READ: dict[Service, tuple[str, ...]] = {
    "router": ("queries", "responses"),
    "generator": ("generation",),
    "switch": ("candidates",),
    "aggregator": ("aggregation",),
}


@pytest_asyncio.fixture(loop_scope="package")
async def own(
    kafka_server: str, bank_database_url: str, topic_prefix: str, models: ModelEndpoint
) -> AsyncIterator[System]:
    """A system of the test's own, on topics with several partitions; the test starts the services."""
    async with system(kafka_server, bank_database_url, topic_prefix, models.pool(), partitions=4) as made:
        yield made
        await models.reset()


def queries(count: int) -> list[str]:
    """Give queries of different texts, routed and fused, with and without a second wave."""
    return [f"{(TRAINS, CELLS, MOONS)[number % 3]} This is case {number}." for number in range(count)]


async def bought(models: ModelEndpoint) -> list[tuple[str, str, str]]:
    """Give what was asked, by kind, model and text."""
    return [(call["kind"], call["model"], call["query"]) for call in await models.calls()]


async def test_replicas_share_the_work(own: System, models: ModelEndpoint) -> None:
    """Two of each: every query is answered once, no call is made twice, and both have done their part."""
    await own.start(*ALL, *ALL)
    answers = await asyncio.gather(*(own.ask(query) for query in queries(24)))

    assert {answer.status for answer in answers} == {"completed"}
    calls = await bought(models)
    assert len(calls) == len(set(calls)) == 8 * (3 + 4 + 6)
    await own.comes_to_rest()
    published = [record.key for record in await own.kafka.records(own.topics.answers)]
    assert len(published) == len(set(published)) == 24


async def test_replicas_come_and_go_in_the_middle_of_work(own: System, models: ModelEndpoint) -> None:
    """A replica of each service is stopped, and another started, while queries are worked: none is lost or doubled."""
    old = await own.start(*ALL)
    held = models.hold("cid")
    asked = [asyncio.create_task(own.ask(query)) for query in queries(12)]
    await held.arrived.wait()
    starting = asyncio.create_task(own.start(*ALL))
    held.opened.set()
    await starting
    asked += [asyncio.create_task(own.ask(f"{query} Again.")) for query in queries(12)]
    await own.stop(*old)
    answers = await asyncio.gather(*asked)

    assert {answer.status for answer in answers} == {"completed"}
    calls = await bought(models)
    assert len(calls) == len(set(calls))
    await own.comes_to_rest()
    assert await own.value("select count(*) from llm_call where status <> 'ok'") == 0
    assert await own.value("select count(*) from answer") == 24


async def test_a_call_given_up_at_the_end_is_taken_over(own: System, models: ModelEndpoint) -> None:
    """A generator that is stopped waits a while for its calls; then others make them again, before a lease is over."""
    await own.start("router", "switch", "aggregator")
    (old,) = await own.start("generator", drain_seconds=0.2)
    await models.fault("silence", "bea", times=1)
    query_id = await own.client.submit(CELLS)

    async def asked() -> bool:
        return len(await models.calls(outcome="running")) == 1

    await eventually(asked, within_seconds=20)
    await own.stop(old)
    await own.start("generator")

    answer = await own.answer(query_id)
    assert answer.status == "completed"
    bea = [(call.attempt, call.status, call.code) for call in answer.bill.calls if call.model == "bea"]
    assert bea == [(1, "lost", "process_died"), (2, "ok", None)]


async def test_everything_read_again_changes_nothing(own: System, models: ModelEndpoint) -> None:
    """All groups at the beginning of their topics, as after a loss of all offsets: no call, the same answers.

    The stored answer of a query with an id is published again, for it may have been asked again; one without is known
    to be the same record.
    """
    running = await own.start(*ALL)
    with_id = [await own.ask(query) for query in queries(6)]
    await own.publish(f'{{"query": "{TRAINS}"}}'.encode())

    async def all_answered() -> bool:
        return len(await own.rows("select 1 from answer")) == 7

    await eventually(all_answered, within_seconds=20)
    await own.comes_to_rest()
    calls = await bought(models)
    await own.stop(*running)
    topics = {getattr(own.topics, name): own.topics.group(service) for service, names in READ.items() for name in names}
    for topic, group in topics.items():
        await own.kafka.rewind(group, topic)
    await own.start(*ALL)

    async def read_again() -> bool:
        return sum([await own.kafka.unread(group, topic) for topic, group in topics.items()]) == 0

    await eventually(read_again, within_seconds=30)
    await own.comes_to_rest()
    assert await bought(models) == calls
    published = [record.value for record in await own.kafka.records(own.topics.answers)]
    assert len(published) == 7 + len(with_id)
    assert len(set(published)) == 7
