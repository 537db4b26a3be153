"""Calls and money of one query are reserved atomically, whoever asks at once."""

import asyncio

import pytest
from jisi.database import driver_connection
from jisi.ledger.envelope import Request, reserve
from jisi.ledger.outcomes import Outcome

from tests.integration.ledger.conftest import Ledger
from tests.integration.ledger.test_tasks import claim, enter, good

MODELS = ("ada", "bea", "cid")


async def ask(ledger: Ledger, task_id: int, *, worst: float, least: float = 0.0) -> float | None:
    """Reserve for one task."""
    uid = await ledger.value("select query_uid from task where id = %s", task_id)
    async with driver_connection(ledger.engine) as connection:
        request = Request(task_id=task_id, query_uid=uid, worst_cost=worst, least_cost=least)
        return await reserve(connection, request)


@pytest.mark.parametrize("inserted_first", [1, 3])
async def test_a_wave_shares_the_money_equally(ledger: Ledger, inserted_first: int) -> None:
    """Three at once get a third each, also where some of them are not there yet."""
    uid = await ledger.query(wave=MODELS, max_cost=3.0)
    await ledger.tasks(uid, *MODELS[:inserted_first])
    granted = [await ask(ledger, 1, worst=10.0)]
    await ledger.tasks(uid, *MODELS)
    ids = [row[0] for row in await ledger.rows("select id from task where reserved = 0")]
    granted += await asyncio.gather(*(ask(ledger, task_id, worst=10.0) for task_id in ids))

    assert granted == pytest.approx([1.0, 1.0, 1.0])
    assert await ledger.value("select cost_reserved from query") == pytest.approx(3.0)


async def test_reservations_never_exceed_what_is_allowed(ledger: Ledger) -> None:
    """Many at once: neither calls nor money go beyond their bounds."""
    models = [f"m{number}" for number in range(12)]
    uid = await ledger.query(wave=models, max_calls=5, max_cost=1.0)
    await ledger.tasks(uid, *models)
    ids = [row[0] for row in await ledger.rows("select id from task")]
    granted = await asyncio.gather(*(ask(ledger, task_id, worst=0.4) for task_id in ids))

    given = [one for one in granted if one is not None]
    assert len(given) == 5
    assert sum(given) <= 1.0
    assert await ledger.rows("select calls_reserved from query") == [(5,)]


async def test_too_little_money_buys_nothing(ledger: Ledger) -> None:
    """Where the share does not pay for the shortest call worth making, nothing is reserved."""
    uid = await ledger.query(wave=MODELS, max_cost=0.3)
    await ledger.tasks(uid, *MODELS)

    assert await ask(ledger, 1, worst=1.0, least=0.2) is None
    assert await ledger.rows("select calls_reserved, cost_reserved from query") == [(0, 0.0)]


async def test_what_was_not_spent_comes_back(ledger: Ledger) -> None:
    """After the call its price stands in the place of its reservation; one that was not made costs nothing."""
    uid = await ledger.query(wave=["ada", "bea"], max_cost=2.0)
    await ledger.tasks(uid, "ada", "bea", run=False)
    (ada,), (bea,) = await claim(ledger, "ada"), await claim(ledger, "bea")
    await ask(ledger, ada.id, worst=9.0)
    await ask(ledger, bea.id, worst=9.0)
    await enter(ledger, good(ada), Outcome(task=bea, status="cancelled", code="answered", called=False))

    assert await ledger.rows("select calls_reserved, cost_reserved from query") == [(1, 0.25)]


async def test_a_crashed_call_stays_spent(ledger: Ledger) -> None:
    """A call whose process died may have been paid: its reservation is its price."""
    uid = await ledger.query(wave=["ada"], max_cost=2.0)
    await ledger.tasks(uid, "ada", run=False)
    (ada,) = await claim(ledger, "ada")
    await ask(ledger, ada.id, worst=0.5)
    await ledger.rows("update task set lease_until = now() - interval '1 second'")
    await claim(ledger, "ada")

    assert await ledger.rows("select status, cost from llm_call") == [("lost", 0.5)]
    assert await ledger.rows("select calls_reserved, cost_reserved from query") == [(1, 0.5)]
