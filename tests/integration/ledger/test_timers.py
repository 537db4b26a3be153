"""Timers are rows: they fire once, whoever lives, and again where their process died over them."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from jisi.contracts.answer import AnswerV1

from tests.integration.ledger.conftest import Ledger, Parts

DUE = "insert into timer (query_uid, kind, wave, run_after) values (%s, %s, %s, now() - interval '1 second')"


async def answer_of(ledger: Ledger, uid: UUID) -> AnswerV1:
    """Read an answer."""
    return AnswerV1.model_validate_json(await ledger.value("select body from answer where query_uid = %s", uid))


async def test_each_timer_fires_once(ledger: Ledger, make_parts: Callable[[], Awaitable[Parts]]) -> None:
    """Four processes at once, twice: each wave is closed once and told once."""
    several = await asyncio.gather(*(make_parts() for _ in range(4)))
    for _ in range(20):
        await ledger.rows(DUE, await ledger.query(wave=["ada"]), "wave", 1)
    fired = [sum(await asyncio.gather(*(one.timers.fire() for one in several))) for _ in range(2)]

    assert fired == [20, 0]
    assert len(await several[0].events(several[0].topics.responses)) == 20
    assert await ledger.value("select count(*) from fanin where closed_at is null") == 0
    assert await ledger.value("select count(*) from timer") == 0


async def test_a_wave_closed_already_is_not_told_again(ledger: Ledger, parts: Parts) -> None:
    """Its timer goes without an event; what waited for a slot is given up with a wave that has brought something."""
    closed, waiting = await ledger.query(wave=["ada"]), await ledger.query(wave=["ada"])
    await ledger.tasks(waiting, "ada", run=False)
    await ledger.respond(waiting, "bea")
    await ledger.rows("update fanin set closed_at = now() where query_uid = %s", closed)
    for uid in (closed, waiting):
        await ledger.rows(DUE, uid, "wave", 1)
    await parts.timers.fire()

    assert await parts.events(parts.topics.responses) == [{"v": 1, "query": str(waiting), "model": None, "wave": 1}]
    assert await ledger.value("select state from task") == "dead"


async def test_what_waits_for_a_slot_may_be_the_answer_where_nothing_has_come(ledger: Ledger, parts: Parts) -> None:
    """A wave that closes with nothing usable leaves its waiting calls be."""
    uid = await ledger.query(wave=["ada", "bea"])
    await ledger.tasks(uid, "ada", run=False)
    await ledger.respond(uid, "bea", usable=False)
    await ledger.rows(DUE, uid, "wave", 1)
    await parts.timers.fire()

    assert len(await parts.events(parts.topics.responses)) == 1
    assert await ledger.value("select state from task") == "ready"


async def test_the_deadline_answers_with_the_best_there_is(ledger: Ledger, parts: Parts) -> None:
    """A whole response is better than a cut-off one that ranks higher; the query is closed with all its timers."""
    uid = await ledger.query(wave=["ada", "bea"])
    await ledger.rows(
        "insert into plan (query_uid, bank_version, pool_version, settings, ranking, document)"
        " values (%s, 1, 1, '{}', %s, '')",
        uid,
        '["ada", "bea"]',
    )
    for model, cut_off in (("ada", True), ("bea", False)):
        await ledger.respond(uid, model, cut_off=cut_off)
    await ledger.rows(DUE, uid, "deadline", 0)
    await ledger.rows(DUE, uid, "wave", 1)
    await parts.timers.fire()

    answer = await answer_of(ledger, uid)
    assert (answer.status, answer.text, answer.degraded) == ("degraded", "by bea", ("deadline",))
    assert await ledger.rows("select state from query") == [("answered",)]
    assert await ledger.value("select count(*) from timer") == 0
    assert len(await parts.events(parts.topics.answers)) == 1


async def test_a_deadline_without_anything_fails(ledger: Ledger, parts: Parts) -> None:
    """Where no expert has said anything the answer is `failed: deadline`."""
    uid = await ledger.query(wave=["ada"])
    await ledger.rows(DUE, uid, "deadline", 0)
    await parts.timers.fire()

    answer = await answer_of(ledger, uid)
    assert (answer.status, answer.code, answer.degraded) == ("failed", "deadline", ())


async def test_a_timer_whose_process_died_fires_again(
    ledger: Ledger, make_parts: Callable[[], Awaitable[Parts]]
) -> None:
    """Taken but not worked, it is put off, not lost."""
    dying, living = await make_parts(), await make_parts()
    uid = await ledger.query(wave=["ada"])
    await ledger.rows(DUE, uid, "deadline", 0)
    assert len(await dying.timers._due()) == 1

    assert await living.timers.fire() == 0
    await ledger.rows("update timer set run_after = now() - interval '1 second'")
    assert await living.timers.fire() == 1
    assert (await answer_of(ledger, uid)).code == "deadline"


async def test_a_query_answered_meanwhile_keeps_its_answer(ledger: Ledger, parts: Parts) -> None:
    """A deadline that comes late changes nothing."""
    uid = await ledger.query(state="answered")
    await ledger.rows("insert into answer (query_uid, status, body) values (%s, 'completed', 'mine')", uid)
    await ledger.rows(DUE, uid, "deadline", 0)
    await parts.timers.fire()

    assert await ledger.rows("select body from answer") == [("mine",)]
    assert await parts.events(parts.topics.answers) == []
