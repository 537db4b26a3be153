"""Ids: repetitions, conflicts, tenants, and what is wrong but can be named (DESIGN.md 2)."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import CELLS, TRAINS, said_by
from tests.support.system import System
from tests.support.waiting import eventually


async def letters_of(jisi: System, query_id: str, *, least: int = 1) -> list[dict[str, bytes]]:
    """Wait for dead letters whose value names the id."""

    async def found() -> list[dict[str, bytes]]:
        mine = [letter for letter in await jisi.dead_letters() if query_id.encode() in (letter["value"] or b"")]
        return mine if len(mine) >= least else []

    return await eventually(found, within_seconds=20, reason=f"{least} dead letters of {query_id}")


async def test_the_same_query_again_gets_the_same_bytes(jisi: System, models: ModelEndpoint) -> None:
    """The same id and body again publishes the stored answer once more and asks no model."""
    query_id = str(uuid4())
    first = await jisi.ask(TRAINS, query_id=query_id)
    asked = len(await models.calls())
    second = await jisi.ask(TRAINS, query_id=query_id)

    assert second == first
    once, again = await jisi.answers(query_id)
    assert once == again
    assert len(await models.calls()) == asked == 3
    assert (await jisi.record(query_id)).repeats == 1


async def test_the_same_query_twice_at_once_is_worked_once(jisi: System, models: ModelEndpoint) -> None:
    """Two records of the same query that come in one batch make one query."""
    query_id = str(uuid4())
    body = {"query": CELLS, "query_id": query_id}
    await asyncio.gather(*(jisi.publish_json(body) for _ in range(4)))

    await jisi.answer(query_id)
    await jisi.comes_to_rest()
    assert await models.asked(CELLS) == ["ada", "bea", "cid"]
    assert len(await models.calls(kind="aggregator")) == 1
    assert len(set(await jisi.answers(query_id))) == 1


async def test_the_same_id_with_another_body_is_a_conflict(jisi: System) -> None:
    """Another body under a known id is dead-lettered; the first answer stands as it is."""
    query_id = str(uuid4())
    first = await jisi.ask(TRAINS, query_id=query_id)
    await jisi.publish_json({"query": CELLS, "query_id": query_id})

    (letter,) = await letters_of(jisi, query_id)
    assert letter["dlq-code"] == b"id_conflict"
    assert query_id.encode() in letter["dlq-error"]
    assert (await jisi.record(query_id)).answer == first
    assert len(await jisi.answers(query_id)) == 1


async def test_a_conflict_costs_no_neighbour(jisi: System) -> None:
    """What is published before, between and behind conflicting records is answered."""
    taken, ids = str(uuid4()), [str(uuid4()) for _ in range(4)]
    await jisi.ask(TRAINS, query_id=taken)
    bodies: list[dict[str, Any]] = [{"query": TRAINS, "query_id": query_id} for query_id in ids]
    bodies[1:1] = [{"query": CELLS, "query_id": taken}]
    bodies[4:4] = [{"query": CELLS, "query_id": taken, "max_calls": 1}]
    async with jisi.kafka.producer() as producer:
        await asyncio.gather(*[producer.send(jisi.topics.queries, json.dumps(body).encode()) for body in bodies])

    answers = [await jisi.answer(query_id) for query_id in ids]
    assert {answer.text for answer in answers} == {said_by("ada")}
    assert len(await letters_of(jisi, taken, least=2)) == 2


async def test_two_tenants_may_use_the_same_id(jisi: System) -> None:
    """Ids are scoped by the tenant in the metadata: each gets the answer to its own query."""
    query_id = str(uuid4())
    mine, yours = await asyncio.gather(
        jisi.ask(TRAINS, query_id=query_id, metadata={"tenant": "mine"}),
        jisi.ask(CELLS, query_id=query_id, metadata={"tenant": "yours"}),
    )

    assert (mine.route, mine.metadata) == ("route", {"tenant": "mine"})
    assert (yours.route, yours.metadata) == ("aggregate", {"tenant": "yours"})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"query": 5}, "query"),
        ({"query": "x", "deadline_ms": -1}, "deadline_ms"),
        ({"messages": [{"role": "pope", "content": "x"}]}, "messages.0.role"),
        ({"query": " "}, "query"),
        ({"query": "x", "models": []}, "models"),
        ({}, "query"),
    ],
)
async def test_malformed_with_an_id_is_dead_lettered_and_answered(
    jisi: System, body: dict[str, Any], field: str
) -> None:
    """Whoever sent it hears of it under his id, with the field that is wrong; the record is kept."""
    query_id = str(uuid4())
    await jisi.publish_json({"query_id": query_id, "metadata": {"tenant": "clumsy"}, **body})

    answer = await jisi.answer(query_id, "clumsy")
    assert (answer.status, answer.code) == ("failed", "malformed_query")
    assert field in (answer.reason or "")
    assert answer.metadata == {"tenant": "clumsy"}
    (letter,) = await letters_of(jisi, query_id)
    assert letter["dlq-code"] == b"malformed_query"
    assert field.encode() in letter["dlq-error"]
    await eventually(lambda: jisi.answers(query_id), within_seconds=20)


async def test_malformed_does_not_touch_an_answer_given(jisi: System) -> None:
    """A malformed record under a known id is dead-lettered; the answer under that id stands."""
    query_id = str(uuid4())
    first = await jisi.ask(TRAINS, query_id=query_id)
    await jisi.publish_json({"query_id": query_id, "query": TRAINS, "max_calls": 0})

    await letters_of(jisi, query_id)
    assert (await jisi.record(query_id)).answer == first
    assert len(await jisi.answers(query_id)) == 1
