"""One answer a query: whoever comes first is heard, and everybody who comes later changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest
from jisi.contracts.answer import AnswerV1
from jisi.contracts.events import CandidatesV1
from jisi.database.engine import driver_url
from jisi.ledger.answers import CANCEL_CHANNEL
from jisi.messaging.publisher import RecordTooLargeError

from tests.integration.ledger.conftest import Ledger, Parts


async def test_of_many_answers_one_is_entered(ledger: Ledger, make_parts: Callable[[], Awaitable[Parts]]) -> None:
    """Four processes answer the same ten queries at once: each gets one row, one event, and keeps it."""
    several = await asyncio.gather(*(make_parts() for _ in range(4)))
    uids = [await ledger.query(wave=["ada"]) for _ in range(10)]
    given = await asyncio.gather(
        *(one.writer.make_do(uids, "deadline", f"said by {number}") for number, one in enumerate(several))
    )

    assert sorted(uid for answered in given for uid in answered) == sorted(uids)
    bodies = {row[0] for row in await ledger.rows("select body from answer")}
    published = [record.value.decode() for record in await several[0].kafka.records(several[0].topics.answers)]
    assert len(published) == 10
    assert set(published) == bodies


async def test_an_answer_closes_the_query(ledger: Ledger, parts: Parts, database_url: str) -> None:
    """Timers go, waiting tasks end, and those who run calls are told; another query's are untouched."""
    mine, other = await ledger.query(wave=["ada", "bea"]), await ledger.query(wave=["ada", "bea"])
    for uid in (mine, other):
        await ledger.tasks(uid, "ada")
        await ledger.tasks(uid, "bea", run=False)
        await ledger.rows("insert into timer values (%s, 'deadline', 0, now())", uid)
    listening = await psycopg.AsyncConnection.connect(driver_url(database_url), autocommit=True)
    async with listening:
        await listening.execute(f"listen {CANCEL_CHANNEL}")
        await parts.writer.make_do([mine], "deadline", "late")
        told = [one.payload async for one in listening.notifies(timeout=10, stop_after=1)]

    assert told == [str(mine)]
    states = "select model, state from task where query_uid = %s order by model"
    assert await ledger.rows(states, mine) == [("ada", "running"), ("bea", "dead")]
    assert await ledger.rows(states, other) == [("ada", "running"), ("bea", "ready")]
    assert await ledger.rows("select query_uid from timer") == [(other,)]


async def test_an_answer_is_published_again_as_it_is(ledger: Ledger, parts: Parts) -> None:
    """The same bytes, and the repetition is counted; without an answer there is nothing to publish."""
    uid = await ledger.query()
    assert not await parts.writer.publish_again(uid, "id", None)
    await parts.writer.make_do([uid], "deadline", "late")
    assert await parts.writer.publish_again(uid, "id", None)

    once, again = [record.value for record in await parts.kafka.records(parts.topics.answers)]
    assert once == again
    assert await ledger.value("select repeats from answer") == 1


async def test_an_answer_that_its_topic_no_longer_takes_is_not_published_for_ever(ledger: Ledger, parts: Parts) -> None:
    """Whoever asks for it again is told that it is too large, once and for all."""
    uid = await ledger.query()
    body = "x" * 9_000_000
    await ledger.rows("insert into answer (query_uid, status, body) values (%s, 'completed', %s)", uid, body)

    with pytest.raises(RecordTooLargeError, match=r"max\.message\.bytes"):
        await parts.writer.publish_again(uid, "id", None)


async def test_an_event_that_cannot_be_worked_ends_its_query(ledger: Ledger, parts: Parts) -> None:
    """Its event is in the dead-letter topic: the query is answered with what is there, garbage is nobody's."""
    uid = await ledger.query(wave=["ada"])
    await parts.writer.give_up(b"\xff garbage", ZeroDivisionError("bug"))
    await parts.writer.give_up(None, ZeroDivisionError("bug"))
    assert await ledger.value("select count(*) from answer") == 0
    await parts.writer.give_up(CandidatesV1(query=uid).encode().encode(), ZeroDivisionError("bug"))

    answer = AnswerV1.model_validate_json(await ledger.value("select body from answer"))
    assert (answer.status, answer.code) == ("failed", "internal_error")
    assert "ZeroDivisionError" in (answer.reason or "")
