"""The worst moments to fail at, each brought about on purpose, on one system with two generators."""

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from jisi.client import JisiClient
from jisi.database import driver_connection
from jisi.ledger.record import load_record
from jisi.ledger.tasks import LEASE_SECONDS
from jisi.simulate.bank import fresh_questions

from tests.chaos.aftermath import GRACE_SECONDS, Aftermath, broken_promises, read_aftermath, settled
from tests.chaos.freezing import barrier, frozen
from tests.chaos.run import listening
from tests.chaos.system import ChaosSystem, Outage, chaos_system
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTLED_WITHIN_SECONDS = 60.0
"""A restart, a lease and a sweep, on a busy machine."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(module_folder: Path) -> AsyncIterator[ChaosSystem]:
    """Give the module's system."""
    async with chaos_system(module_folder, replicas={"generator": 2}) as system:
        yield system


@pytest_asyncio.fixture(loop_scope="module")
async def system(running: ChaosSystem) -> AsyncIterator[ChaosSystem]:
    """Give the system, whole and without faults."""
    await running.reset_endpoint()
    running.outages.clear()
    yield running
    for state in running.stack.processes:
        await asyncio.wait_for(running.stack.until_ready(state.name, state.replica), 60)


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """Give the beginning of the ids of a test's queries."""
    return f"{request.node.name}-"


def bodies(prefix: str, count: int, **body: Any) -> list[dict[str, Any]]:
    """Give queries with texts of their own."""
    texts = [text for text, _ in fresh_questions(count, zlib.crc32(prefix.encode()))]
    return [{"query": text, "query_id": f"{prefix}{number}", **body} for number, text in enumerate(texts)]


async def holds(system: ChaosSystem, condition: str, query_id: str) -> None:
    """Wait until a condition on the query `q` holds in Postgres."""

    async def is_true() -> bool:
        async with driver_connection(system.engine, autocommit=True) as connection:
            cursor = await connection.execute(
                f"select exists (select from query q where q.query_id = %s and {condition})", [query_id]
            )
            row = await cursor.fetchone()
            return row == (True,)

    await eventually(is_true, within_seconds=30, reason=condition)


async def outcome(system: ChaosSystem, prefix: str, count: int, seen: Mapping[str, float]) -> Aftermath:
    """Wait until all is settled, and make sure that every promise was kept."""
    await settled(system, prefix, count, within_seconds=SETTLED_WITHIN_SECONDS)
    ids = {f"{prefix}{number}" for number in range(count)}
    await eventually(lambda: ids <= seen.keys(), within_seconds=20, reason="all answers are seen")
    after = await read_aftermath(system, prefix)
    assert broken_promises(after, ids, seen, system.outages) == []
    return after


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a query: what is written, and by whom."""

    service: str
    table: str
    """Written to in this step."""
    committed: str
    """What then holds of the query `q`."""
    body: Mapping[str, Any]
    pays_again: bool = False
    """Whether the process has a call under way, which dies with it."""

    @property
    def name(self) -> str:
        """Short, for the test's name."""
        return f"{self.service}-{self.table}"


FUSED, ROUTED = {"mode": "aggregate"}, {"mode": "route"}
STEPS = (
    Step(service="router", table="plan", committed="q.state = 'routing'", body=FUSED),
    Step(
        service="generator",
        table="task",
        committed="exists (select from task t where t.query_uid = q.uid)",
        body=FUSED,
        pays_again=True,
    ),
    Step(
        service="generator",
        table="expert_response",
        committed="exists (select from expert_response r where r.query_uid = q.uid)",
        body=FUSED,
        pays_again=True,
    ),
    Step(
        service="router",
        table="standing",
        committed="exists (select from standing s where s.query_uid = q.uid)",
        body=FUSED,
    ),
    Step(service="switch", table="decision", committed="q.state = 'aggregating'", body=FUSED),
    Step(service="switch", table="answer", committed="q.state = 'answered'", body=ROUTED),
    Step(service="aggregator", table="answer", committed="q.state = 'answered'", body=FUSED),
)


@pytest.mark.parametrize("step", STEPS, ids=[step.name for step in STEPS])
async def test_killed_between_commit_and_publication(system: ChaosSystem, prefix: str, step: Step) -> None:
    """A process that dies after its commit and before Kafka has its events: others publish them, nothing is redone."""
    (body,) = bodies(prefix, 1, **step.body)
    async with listening(system) as seen, JisiClient(system.stack.kafka) as client:
        async with barrier(system, step.table) as held:
            await client.submit(body)
            replica = await held.standing(step.service)
            with frozen(system.pid("kafka")):
                await held.open()
                await holds(system, step.committed, body["query_id"])
                await system.stack.kill(step.service, replica)
        after = await outcome(system, prefix, 1, seen)

    assert after.answers[body["query_id"]].text is not None
    assert step.pays_again or after.completed.total() == len(after.completed)


async def test_killed_between_the_answer_and_its_call(system: ChaosSystem, prefix: str) -> None:
    """An aggregator that dies after entering its answer has paid its call: it is neither made again nor lost."""
    (body,) = bodies(prefix, 1, **FUSED)
    async with listening(system) as seen, JisiClient(system.stack.kafka) as client:
        async with barrier(system, "answer") as answer:
            await client.submit(body)
            replica = await answer.standing("aggregator")
            async with barrier(system, "llm_call") as call:
                await answer.open()
                await call.standing("aggregator")
                await system.stack.kill("aggregator", replica)
                await call.turn_away("aggregator")
        after = await outcome(system, prefix, 1, seen)

    record = await load_record(system.engine, "", body["query_id"])
    assert record.answer is not None
    assert record.answer.route == "aggregate"
    assert record.settled_bill == record.answer.bill
    assert after.lost.total() == 0
    assert after.completed.total() == len(after.completed)


async def test_postgres_is_away_for_longer_than_a_lease(system: ChaosSystem, prefix: str) -> None:
    """Calls that outlast an outage are not bought again, though nobody could renew their leases."""
    asked = bodies(prefix, 8, mode="route", deadline_ms=120_000)
    away = LEASE_SECONDS + 2
    await system.order_faults({"kind": "delay", "seconds": away + 8})
    async with listening(system) as seen, JisiClient(system.stack.kafka) as client:
        for body in asked:
            await client.submit(body)
        for body in asked:
            await holds(system, "exists (select from task t where t.query_uid = q.uid)", body["query_id"])
        with frozen(system.pid("postgres")):
            await asyncio.sleep(away)
            await system.stack.kill("postgres")
        after = await outcome(system, prefix, len(asked), seen)

    assert after.lost.total() == 0
    assert after.completed.total() == len(after.completed)


async def test_kafka_is_down_at_the_deadline(system: ChaosSystem, prefix: str) -> None:
    """The answer stands in time, and is published once as soon as Kafka is back."""
    asked = bodies(prefix, 8, deadline_ms=6_000)
    await system.order_faults({"kind": "delay", "seconds": 5.0})
    async with listening(system) as seen, JisiClient(system.stack.kafka) as client:
        for body in asked:
            await client.submit(body)
        for body in asked:
            await holds(system, "exists (select from task t where t.query_uid = q.uid)", body["query_id"])
        began = time.time()
        with frozen(system.pid("kafka")):
            for body in asked:
                await holds(system, "q.state = 'answered'", body["query_id"])
            await system.stack.kill("kafka")
        await system.stack.until_ready("kafka")
        system.outages.append(Outage("kafka", began, time.time()))
        after = await outcome(system, prefix, len(asked), seen)

    assert all(began < deadline for deadline in after.deadlines.values())
    assert all(after.stored_at[query_id] <= after.deadlines[query_id] + GRACE_SECONDS for query_id in after.answers)
    assert min(seen[query_id] for query_id in after.answers) > max(after.deadlines.values())
    assert {query_id: len(records) for query_id, records in after.published.items()} == dict.fromkeys(after.answers, 1)


async def test_no_endpoint_answers(system: ChaosSystem, prefix: str) -> None:
    """Every query fails within its deadline, and says why."""
    asked = bodies(prefix, 20, deadline_ms=6_000)
    async with listening(system) as seen, JisiClient(system.stack.kafka) as client:
        with frozen(system.pid("simulated")):
            for body in asked:
                await client.submit(body)
            await settled(system, prefix, len(asked), within_seconds=SETTLED_WITHIN_SECONDS)
        after = await outcome(system, prefix, len(asked), seen)

    assert {answer.status for answer in after.answers.values()} == {"failed"}
    assert {answer.code for answer in after.answers.values()} <= {"no_usable_response", "deadline"}
    assert all(answer.reason for answer in after.answers.values())


async def test_no_endpoint_is_there(system: ChaosSystem, prefix: str) -> None:
    """Every query fails within its deadline where connections are refused, too; last, for the endpoints stay lost."""
    asked = bodies(prefix, 20, deadline_ms=6_000)
    await system.lose_endpoints()
    async with listening(system) as seen, JisiClient(system.stack.kafka) as client:
        for body in asked:
            await client.submit(body)
        after = await outcome(system, prefix, len(asked), seen)

    assert {answer.status for answer in after.answers.values()} == {"failed"}
    assert {answer.code for answer in after.answers.values()} <= {"no_usable_response", "deadline"}
