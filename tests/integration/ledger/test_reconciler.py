"""The reconciler: a stalled query gets its stage's event again, three times, then an answer."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from jisi.contracts.answer import AnswerV1

from tests.integration.ledger.conftest import Ledger, Parts

LONG_AGO = "update query set touched_at = now() - interval '1 day'"


async def stall(ledger: Ledger, parts: Parts) -> int:
    """Have all queries stand still for a day, and reconcile."""
    await ledger.rows(LONG_AGO)
    found = await parts.reconciler.reconcile()
    await parts.outbox.delete_published()
    return found


@pytest.mark.parametrize(
    ("state", "topic"), [("switching", "candidates"), ("aggregating", "aggregation"), ("routing", "responses")]
)
async def test_three_times_and_then_an_answer(ledger: Ledger, parts: Parts, state: str, topic: str) -> None:
    """The event of the stage comes three times; the fourth time the query is answered with what is there."""
    uid = await ledger.query(state=state, wave=["ada"])
    await ledger.rows("update fanin set closed_at = now()")
    name = getattr(parts.topics, topic)
    for count in (1, 2, 3):
        assert await stall(ledger, parts) == 1
        assert len(await parts.events(name)) == count
    assert await stall(ledger, parts) == 1

    assert len(await parts.events(name)) == 3
    answer = AnswerV1.model_validate_json(await ledger.value("select body from answer where query_uid = %s", uid))
    assert (answer.status, answer.code) == ("failed", "internal_error")
    assert await stall(ledger, parts) == 0


async def test_what_moves_is_left_alone(ledger: Ledger, parts: Parts) -> None:
    """A query with an open task or an unsent event, touched a moment ago, or answered, is none of its business."""
    await ledger.tasks(await ledger.query(wave=["ada"]), "ada")
    unsent = await ledger.query(state="switching")
    await ledger.rows(
        "insert into outbox (id, topic, key, payload) values (gen_random_uuid(), 't', %s, '')", str(unsent)
    )
    await ledger.query(state="answered")

    assert await stall(ledger, parts) == 0
    await ledger.query(state="switching")
    assert await parts.reconciler.reconcile() == 0


async def test_patience_doubles(ledger: Ledger, parts: Parts) -> None:
    """After each repetition twice as long a silence is borne."""
    await ledger.query(state="switching")
    await ledger.rows("update query set touched_at = now() - interval '100 seconds', stalls = 2")
    assert await parts.reconciler.reconcile(stalled_after_seconds=30) == 0

    assert await parts.reconciler.reconcile(stalled_after_seconds=20) == 1


async def test_a_wave_is_asked_and_counted_where_it_was_not(ledger: Ledger, parts: Parts) -> None:
    """Of an open wave, those without a task are asked again, and those stored but not counted are told again."""
    uid = await ledger.query(wave=["ada", "bea", "cid"])
    await ledger.tasks(uid, "ada", "bea")
    await ledger.rows("update task set state = 'done'")
    await ledger.rows(
        "insert into expert_response (query_uid, model, wave, usable, cut_off, text, reference_tokens, counted_at)"
        " values (%s, 'ada', 1, true, false, '', 1, now()), (%s, 'bea', 1, true, false, '', 1, null)",
        *(uid, uid),
    )
    await stall(ledger, parts)

    assert [event["model"] for event in await parts.events(parts.topics.generation)] == ["cid"]
    assert [event["model"] for event in await parts.events(parts.topics.responses)] == ["bea"]


async def test_several_processes_stir_a_query_once(ledger: Ledger, make_parts: Callable[[], Awaitable[Parts]]) -> None:
    """Four at once: each stalled query is moved on by one of them."""
    several = await asyncio.gather(*(make_parts() for _ in range(4)))
    uids: list[UUID] = [await ledger.query(state="switching") for _ in range(10)]
    await ledger.rows(LONG_AGO)
    found = await asyncio.gather(*(one.reconciler.reconcile() for one in several))

    assert sum(found) == 10
    told = [event["query"] for event in await several[0].events(several[0].topics.candidates)]
    assert sorted(told) == sorted(map(str, uids))
