"""docker-compose.yml with the simulated models: a first answer with no key and no edit, and one each whatever dies."""

import asyncio
import json
from collections.abc import Callable, Iterator
from functools import partial

import psycopg
import pytest
from jisi.client import JisiClient, KafkaUnreachableError
from jisi.contracts.answer import AnswerV1
from jisi.contracts.topics import Topics
from jisi.simulate.bank import fresh_questions

from tests.containers.images import Images
from tests.containers.project import SERVICES, Project, inspected, project
from tests.support.kafka import KafkaTestClient

ANSWER_WITHIN_SECONDS = 180.0
BATCH = 40
SEED = 7
Query = dict[str, str | int]


@pytest.fixture(scope="module")
def jisi(images: Images, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Give the project as it is after `docker compose up --wait`."""
    with project(images, tmp_path_factory.mktemp("compose")) as made:
        made.up()
        yield made


def test_a_first_answer_from_a_container(jisi: Project) -> None:
    """`jisi ask` in a container is answered by the simulated models, by the evidence of the bank."""
    printed = jisi.compose("exec", "--no-TTY", "generator", "jisi", "ask", "--json", "What is 37 * 12 - 5?")
    answer = AnswerV1.model_validate_json(printed)

    assert answer.status == "completed"
    assert "439" in (answer.text or "")
    assert not answer.degraded


async def test_an_answer_from_this_machine(jisi: Project) -> None:
    """The client reaches Kafka through the port that is published."""
    async with JisiClient(jisi.kafka) as client:
        answer = await client.ask("What is 17 + 25?", timeout_seconds=ANSWER_WITHIN_SECONDS)

    assert answer.status == "completed"
    assert "42" in (answer.text or "")


def test_all_are_confined(jisi: Project) -> None:
    """Each container of ours has a read-only root file system and no capability; each one-shot ended well."""
    for service in (*SERVICES, "simulated-pool", "migrate", "prepare"):
        form = "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.State.ExitCode}}"
        assert inspected(jisi.container(service), form) == "true [ALL] 0", service


async def test_one_answer_each_whatever_dies(jisi: Project) -> None:
    """While queries are answered each service is killed and started again, and Kafka is restarted: one answer each."""
    strikes: list[Callable[[], object]] = [partial(jisi.kill, service) for service in SERVICES]
    strikes.append(partial(jisi.compose, "restart", "kafka"))
    asked = queries("killed", BATCH * len(strikes))
    async with JisiClient(jisi.kafka) as client:
        answers = [
            answer
            for number, strike in enumerate(strikes)
            for answer in await ask_during(client, asked[BATCH * number : BATCH * (number + 1)], strike)
        ]

    assert [answer for answer in answers if answer.status == "failed"] == []
    await assert_one_each(jisi, {str(query["query_id"]) for query in asked})


async def test_services_that_are_stopped_drain(jisi: Project) -> None:
    """Stopped under load all services end in order within their grace; what they left is done when they are back."""
    containers = [jisi.container(service) for service in SERVICES]
    codes: list[str] = []

    def stop_and_start() -> None:
        jisi.compose("stop", *SERVICES)
        codes.extend(inspected(container, "{{.State.ExitCode}}") for container in containers)
        jisi.compose("start", *SERVICES)

    asked = queries("stopped", BATCH)
    async with JisiClient(jisi.kafka) as client:
        answers = await ask_during(client, asked, stop_and_start)

    assert codes == ["0"] * len(SERVICES)
    assert [answer for answer in answers if answer.status == "failed"] == []
    await assert_one_each(jisi, {str(query["query_id"]) for query in asked})


def queries(name: str, count: int) -> list[Query]:
    """Give queries nobody asked before, every other to be fused whatever the evidence; none runs into its deadline."""
    return [
        {
            "query": text,
            "query_id": f"{name}-{number}",
            "deadline_ms": 150_000,
            "mode": "aggregate" if number % 2 else "auto",
        }
        for number, (text, _) in enumerate(fresh_questions(count, SEED))
    ]


async def ask_during(client: JisiClient, asked: list[Query], strike: Callable[[], object]) -> list[AnswerV1]:
    """Ask all at once; strike when the first is answered, so that others are under way; give all answers."""
    asking = [asyncio.create_task(ask(client, query)) for query in asked]
    _, under_way = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    assert under_way
    await asyncio.to_thread(strike)
    return await asyncio.gather(*asking)


async def ask(client: JisiClient, query: Query) -> AnswerV1:
    """Ask, again under the same id while Kafka is away."""
    while True:
        try:
            return await client.ask(query, timeout_seconds=ANSWER_WITHIN_SECONDS)
        except KafkaUnreachableError:
            continue


async def assert_one_each(jisi: Project, ids: set[str]) -> None:
    """See that each query has one answer in Postgres, that Kafka holds nothing but that one, and no dead letter."""
    with psycopg.connect(jisi.database_url) as connection:
        rows = connection.execute(
            "select query_id, body from answer join query on uid = query_uid where query_id = any(%s)", [list(ids)]
        ).fetchall()
    stored = {query_id: body.encode() for query_id, body in rows}
    kafka, topics = KafkaTestClient(jisi.kafka), Topics()
    published = [record for record in await kafka.records(topics.answers) if record.key.decode() in ids]

    assert len(rows) == len(stored) == len(ids)
    assert {(record.key.decode(), record.value) for record in published} == set(stored.items())
    for topic in topics.consumed:
        assert [json.dumps(str(record)) for record in await kafka.records(topics.dead_letters(topic))] == []
