"""Task rows: bought once, worked under a lease, fenced against whoever lost it."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from jisi.contracts.answer import AnswerV1, BillV1, CallV1, TimingsV1
from jisi.database import driver_connection
from jisi.ledger.outbox import Outgoing
from jisi.ledger.outcomes import Outcome, enter_outcomes
from jisi.ledger.tasks import Task, claim_tasks, renew_leases
from jisi.llm.usage import Usage
from jisi.telemetry.tracing import Tracing

from tests.integration.ledger.conftest import Ledger

LONG_AGO = "update task set lease_until = now() - interval '1 second' where id = %s"


def event(uid: UUID) -> Outgoing:
    """Give the event of an outcome."""
    return Outgoing(query=uid, topic="t", key=str(uid), payload="{}", span=Tracing().produce("t", None, None))


async def enter(ledger: Ledger, *outcomes: Outcome) -> dict[int, bool]:
    """Enter outcomes."""
    async with driver_connection(ledger.engine, autocommit=True) as connection:
        return await enter_outcomes(connection, outcomes, [event(outcome.task.query_uid) for outcome in outcomes])


async def claim(ledger: Ledger, model: str, free: int = 1, owner: str = "other") -> list[Task]:
    """Claim tasks of a model, with ended leases as proof of death."""
    async with driver_connection(ledger.engine, autocommit=True) as connection:
        later = datetime.now(UTC) + timedelta(seconds=1)
        return await claim_tasks(connection, "expert", {model: free}, owner=owner, dead_before=later)


def good(task: Task, text: str = "said") -> Outcome:
    """Give the outcome of a call that went well."""
    usage = Usage(prompt_tokens=5, completion_tokens=7)
    return Outcome(task=task, status="ok", usage=usage, cost=0.25, text=text, usable=True, reference_tokens=7)


async def test_a_model_is_bought_once(ledger: Ledger) -> None:
    """Inserting the same task again, also in parallel, gives it to one process only."""
    uid = await ledger.query(wave=["ada"])
    given = await asyncio.gather(*(ledger.tasks(uid, "ada") for _ in range(8)))

    assert sum(len(tasks) for tasks in given) == 1
    assert await ledger.value("select count(*) from task") == 1


async def test_what_is_of_no_use_is_not_inserted(ledger: Ledger) -> None:
    """Neither a task of an answered query nor one of a wave that is closed is begun."""
    answered = await ledger.query(state="answered", wave=["ada"])
    closed, resolved = await ledger.query(wave=["ada", "bea"]), await ledger.query(wave=["ada"])
    await ledger.respond(closed, "bea")
    await ledger.rows("update fanin set closed_at = now() where query_uid = any(%s)", [closed, resolved])
    await ledger.rows("update fanin set resolved_at = now() where query_uid = %s", resolved)

    for uid in (answered, closed, resolved):
        assert await ledger.tasks(uid, "ada") == []
    assert await ledger.value("select count(*) from task") == 0


async def test_a_closed_wave_that_has_brought_nothing_is_still_asked(ledger: Ledger) -> None:
    """Where all generators were down until the wave closed, its experts are asked by the first that is back."""
    uid = await ledger.query(wave=["ada", "bea"])
    await ledger.respond(uid, "bea", usable=False)
    await ledger.rows("update fanin set closed_at = now()")

    (task,) = await ledger.tasks(uid, "ada")
    assert task.closes_at == await ledger.value("select deadline_at from query")


@pytest.mark.parametrize(("resolved", "usable", "useless"), [(1, 1, "wave_closed"), (1, 0, None), (0, 1, None)])
async def test_a_call_is_of_no_more_use_once_the_query_went_on_with_others(
    ledger: Ledger, resolved: int, usable: int, useless: str | None
) -> None:
    """It is told when its lease is renewed or taken over; as long as nothing usable has come it may be the answer."""
    uid = await ledger.query(wave=["ada", "bea"])
    (mine,) = await ledger.tasks(uid, "ada")
    await ledger.respond(uid, "bea", usable=bool(usable))
    if resolved:
        await ledger.rows("update fanin set closed_at = now(), resolved_at = now()")
    async with driver_connection(ledger.engine, autocommit=True) as connection:
        assert await renew_leases(connection, {mine.id: mine.fence}) == {mine.id: useless}
    await ledger.rows(LONG_AGO, mine.id)

    (theirs,) = await claim(ledger, "ada")
    assert theirs.useless == useless


async def test_a_limited_query_reserves_before_it_runs(ledger: Ledger) -> None:
    """Where calls or money are limited a task is never begun at once."""
    uid = await ledger.query(wave=["ada"], max_calls=3)

    assert await ledger.tasks(uid, "ada") == []
    assert await ledger.value("select state from task") == "ready"


async def test_claimers_never_share_a_task(ledger: Ledger) -> None:
    """Twenty ready tasks and eight claimers at once: each task goes to one of them."""
    for _ in range(20):
        await ledger.tasks(await ledger.query(wave=["ada"]), "ada", run=False)
    claimed = await asyncio.gather(*(claim(ledger, "ada", 5, owner=f"o{number}") for number in range(8)))

    ids = [task.id for tasks in claimed for task in tasks]
    assert len(ids) == len(set(ids)) == 20


async def test_a_claim_takes_no_more_than_is_free(ledger: Ledger) -> None:
    """Slots bound what is taken of a model, and a task that is not due yet is left."""
    for _ in range(3):
        await ledger.tasks(await ledger.query(wave=["ada"]), "ada", run=False)
    await ledger.rows("update task set run_after = now() + interval '1 hour' where id = (select min(id) from task)")

    assert len(await claim(ledger, "ada", 1)) == 1
    assert len(await claim(ledger, "ada", 5)) == 1
    assert await claim(ledger, "bea", 5) == []


async def test_a_lease_that_ended_is_taken_over(ledger: Ledger) -> None:
    """The next owner makes the second attempt; the lost one is on the bill; a lease that runs is left alone."""
    uid = await ledger.query(wave=["ada"])
    (mine,) = await ledger.tasks(uid, "ada")
    assert await claim(ledger, "ada") == []
    await ledger.rows(LONG_AGO, mine.id)
    (theirs,) = await claim(ledger, "ada")

    assert (theirs.id, theirs.attempts, theirs.fence) == (mine.id, 2, mine.fence + 1)
    assert await ledger.rows("select attempt, status, code from llm_call") == [(1, "lost", "process_died")]


@pytest.mark.parametrize(("on_the_bill", "entered"), [("ok", "ok"), ("failed", "failed"), ("running", "lost")])
async def test_a_call_on_the_answer_s_bill_is_entered_as_it_stands_there(
    ledger: Ledger, on_the_bill: str, entered: str
) -> None:
    """An owner that died after entering the answer was through with the call; one still running then is lost."""
    uid = await ledger.query(wave=["ada"])
    (mine,) = await ledger.tasks(uid, "ada")
    billed = CallV1(
        kind="expert",
        model="ada",
        wave=1,
        attempt=1,
        status=on_the_bill,
        prompt_tokens=5,
        completion_tokens=7,
        counted=True,
        cost_usd=0.25,
        seconds=1.5,
    )
    others = (billed.model_copy(update={"model": "bea"}), billed.model_copy(update={"attempt": 2}))
    answer = AnswerV1(
        query_id="q", status="completed", bill=BillV1(calls=(*others, billed)), timings=TimingsV1(answered_ms=1)
    )
    await ledger.rows(
        "insert into answer (query_uid, status, body) values (%s, 'completed', %s)", uid, answer.model_dump_json()
    )
    await ledger.rows("update query set state = 'answered'")
    await ledger.rows(LONG_AGO, mine.id)
    (theirs,) = await claim(ledger, "ada")

    assert theirs.useless == "answered"
    calls = await ledger.rows(
        "select attempt, status, prompt_tokens, completion_tokens, counted, cost, seconds from llm_call"
    )
    known = entered != "lost"
    assert calls == [(1, entered, *((5, 7, True, 0.25, 1.5) if known else (None, None, False, 0.0, None)))]


async def test_who_lost_the_lease_is_not_heard(ledger: Ledger) -> None:
    """An outcome under an old fence changes nothing; the one of the present owner counts."""
    uid = await ledger.query(wave=["ada"])
    (mine,) = await ledger.tasks(uid, "ada")
    await ledger.rows(LONG_AGO, mine.id)
    (theirs,) = await claim(ledger, "ada")

    assert await enter(ledger, good(mine, "late")) == {}
    assert await ledger.value("select count(*) from expert_response") == 0
    assert await ledger.value("select count(*) from outbox") == 0
    assert await enter(ledger, good(theirs, "right")) == {theirs.id: False}
    assert await ledger.value("select text from expert_response") == "right"


async def test_an_outcome_counts_once(ledger: Ledger) -> None:
    """The same outcome again, as after an outage in the middle, adds neither bill nor response nor event."""
    uid = await ledger.query(wave=["ada"])
    (task,) = await ledger.tasks(uid, "ada")
    await enter(ledger, good(task))

    assert await enter(ledger, good(task)) == {}
    counts = await ledger.rows(
        "select (select count(*) from llm_call), (select count(*) from expert_response), (select count(*) from outbox)"
    )
    assert counts == [(1, 1, 1)]


async def test_a_call_to_be_made_again_waits(ledger: Ledger) -> None:
    """It is billed, gives no response yet, and is due after its pause; a wait for a cool-down is no attempt."""
    uid = await ledger.query(wave=["ada", "bea"])
    ada, bea = await ledger.tasks(uid, "ada", "bea")
    await enter(
        ledger,
        Outcome(task=ada, status="failed", code="rate_limited", retry_after_seconds=60),
        Outcome(task=bea, status="failed", code="x", called=False, retry_after_seconds=0.0, counts_as_attempt=False),
    )

    states = await ledger.rows("select model, state, attempts, run_after > now() from task order by model")
    assert states == [("ada", "ready", 1, True), ("bea", "ready", 0, False)]
    assert await ledger.rows("select model, code from llm_call") == [("ada", "rate_limited")]
    assert await ledger.value("select count(*) from expert_response") == 0


async def test_a_renewal_tells_what_became_of_the_task(ledger: Ledger) -> None:
    """Of the tasks held it names those that are ours, and whether they are still of use."""
    open_one, answered = await ledger.query(wave=["ada"]), await ledger.query(wave=["ada"])
    (lost,) = await ledger.tasks(await ledger.query(wave=["ada"]), "ada")
    held = [*await ledger.tasks(open_one, "ada"), *await ledger.tasks(answered, "ada"), lost]
    await ledger.rows("update query set state = 'answered' where uid = %s", answered)
    await ledger.rows("update task set fence = fence + 1 where id = %s", lost.id)

    async with driver_connection(ledger.engine, autocommit=True) as connection:
        renewed = await renew_leases(connection, {task.id: task.fence for task in held})
    assert renewed == {held[0].id: None, held[1].id: "answered"}
