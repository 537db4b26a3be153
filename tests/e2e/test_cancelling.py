"""Cancelling: before the query comes, while it is worked, and after its answer (DESIGN.md 2)."""

from uuid import uuid4

import pytest

from tests.e2e.test_deadlines import cancelled
from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import CELLS, TRAINS, said_by
from tests.support.system import System
from tests.support.waiting import eventually


async def cancel(jisi: System, query_id: str, tenant: str = "") -> None:
    """Ask for a query to be stopped."""
    await jisi.client.cancel(query_id, tenant=tenant)


async def test_cancelled_before_it_comes(jisi: System, models: ModelEndpoint) -> None:
    """The id leaves a tombstone: when the query comes it is answered `failed` without a call."""
    query_id = str(uuid4())
    await cancel(jisi, query_id)
    await cancel(jisi, query_id)

    async def known() -> bool:
        return bool(await jisi.rows("select 1 from query where query_id = %s", query_id))

    await eventually(known, within_seconds=20)
    assert await jisi.answers(query_id) == []
    answer = await jisi.ask(CELLS, query_id=query_id, metadata={"mine": 1})
    assert (answer.status, answer.code, answer.metadata) == ("failed", "cancelled", {"mine": 1})
    assert await models.calls() == []
    assert await jisi.ask(CELLS, query_id=query_id, metadata={"mine": 1}) == answer


@pytest.mark.parametrize(("calls", "count"), [("expert", 3), ("aggregator", 1)])
async def test_cancelled_while_models_are_asked(jisi: System, models: ModelEndpoint, calls: str, count: int) -> None:
    """The query is answered `failed` at once, the running calls are given up, and their price is settled."""
    await models.fault("silence", calls=calls)
    query_id = await jisi.client.submit(CELLS)

    async def asked() -> bool:
        return len(await models.calls(kind=calls, outcome="running")) == count

    await eventually(asked, within_seconds=20)
    await cancel(jisi, query_id)

    answer = await jisi.answer(query_id)
    assert (answer.status, answer.code, answer.text) == ("failed", "cancelled", None)
    assert not answer.bill.final
    assert sum(call.status == "running" for call in answer.bill.calls) == count
    await cancelled(models, count)
    settled = await jisi.hears(query_id, "settled")
    assert settled.detail["bill"]["final"]
    assert [call["status"] for call in settled.detail["bill"]["calls"]].count("cancelled") == count
    assert (await jisi.record(query_id)).settled_bill.final


async def test_cancelled_after_its_answer(jisi: System, models: ModelEndpoint) -> None:
    """Nothing happens: the answer stands and is not published again."""
    answer = await jisi.ask(TRAINS)
    await cancel(jisi, answer.query_id)
    await jisi.ask(TRAINS)

    assert (await jisi.record(answer.query_id)).answer == answer
    assert len(await jisi.answers(answer.query_id)) == 1
    assert answer.text == said_by("ada")
    assert await models.calls(outcome="cancelled") == []


async def test_another_tenant_cannot_cancel(jisi: System, models: ModelEndpoint) -> None:
    """A cancellation reaches only the query of its own tenant."""
    held = models.hold("ada")
    query_id = await jisi.client.submit({"query": TRAINS, "metadata": {"tenant": "mine"}})
    await held.arrived.wait()
    await cancel(jisi, query_id, "yours")
    await cancel(jisi, query_id)

    async def tombstones() -> bool:
        return len(await jisi.rows("select 1 from query where query_id = %s", query_id)) == 3

    await eventually(tombstones, within_seconds=20)
    held.opened.set()
    assert (await jisi.answer(query_id, "mine")).status == "completed"
