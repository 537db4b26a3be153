"""An event that comes twice, late or from a process that died is harmless, whichever topic it is of."""

from aiokafka import ConsumerRecord

from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import MOONS, fused_by
from tests.support.system import System
from tests.support.waiting import eventually


async def events_of(jisi: System, query_id: str) -> list[ConsumerRecord]:
    """Give all internal events of a query."""
    uid = str(await jisi.value("select uid from query where query_id = %s", query_id))
    events = []
    for topic in jisi.topics.consumed[1:]:
        events += [record for record in await jisi.kafka.records(topic) if record.key == uid.encode()]
    return events


async def send_again(jisi: System, events: list[ConsumerRecord]) -> None:
    """Publish events once more and wait until the services have read them."""
    async with jisi.kafka.producer() as producer:
        for event in events:
            await producer.send_and_wait(event.topic, event.value, key=event.key, headers=list(event.headers))

    async def read() -> bool:
        groups = {
            jisi.topics.generation: "generator",
            jisi.topics.responses: "router",
            jisi.topics.candidates: "switch",
            jisi.topics.aggregation: "aggregator",
        }
        unread = [
            await jisi.kafka.unread(f"{jisi.topics.prefix}jisi-{service}", topic) for topic, service in groups.items()
        ]
        return sum(unread) == 0

    await eventually(read, within_seconds=20, reason="all events are read")


async def test_late_duplicates_change_nothing(jisi: System, models: ModelEndpoint) -> None:
    """Every internal event of an answered query again: no call, no answer, no dead letter, no task."""
    answer = await jisi.ask(MOONS)
    events = await events_of(jisi, answer.query_id)
    assert len(events) == 3 + 2 + 3 + 2 + 1 + 1
    dead = [len(await jisi.dead_letters(topic)) for topic in jisi.topics.consumed]
    before = await jisi.record(answer.query_id)

    await send_again(jisi, [*events, *events])
    await jisi.comes_to_rest()
    assert len(await models.calls()) == 6
    assert len(await jisi.answers(answer.query_id)) == 1
    assert [len(await jisi.dead_letters(topic)) for topic in jisi.topics.consumed] == dead
    assert (await jisi.record(answer.query_id)).calls == before.calls


async def test_duplicates_in_mid_way_change_nothing(jisi: System, models: ModelEndpoint) -> None:
    """The same while each stage is under way: a probe, the second wave, the fusion."""
    gates = [models.hold(model) for model in ("cid", "eva")]
    query_id = await jisi.client.submit(MOONS)
    for gate in gates:
        await gate.arrived.wait()
        await send_again(jisi, await events_of(jisi, query_id))
        gate.opened.set()
    answer = await jisi.answer(query_id)

    assert (answer.status, answer.text) == ("completed", fused_by("ada"))
    await jisi.comes_to_rest()
    assert len(await models.calls()) == 6
    assert len(await jisi.answers(query_id)) == 1
