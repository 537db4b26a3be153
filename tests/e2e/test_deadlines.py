"""The answer comes by the deadline, with the best there is; calls of no more use are cancelled (DESIGN.md 1 and 3)."""

import json
import time
from uuid import uuid4

from pydantic import HttpUrl

from tests.integration.telemetry.receiver import OtlpReceiver
from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import CELLS, KNOWN, RIVERS, said_by
from tests.support.system import System
from tests.support.waiting import eventually

DEADLINE_MS = 4000
"""Long enough for a busy machine to get through the waves, whose stages close at 45% and 65% of it."""


async def cancelled(models: ModelEndpoint, count: int) -> None:
    """Wait until the endpoint has seen that so many calls were given up."""

    async def seen() -> bool:
        return len(await models.calls(outcome="cancelled")) == count

    await eventually(seen, within_seconds=10, reason=f"{count} calls cancelled")


async def close_waves(jisi: System) -> None:
    """Have the open wave's time be over, and wait until the router has looked at it and nothing is on its way."""
    await jisi.rows("update timer set run_after = now() where kind = 'wave' returning 1")

    async def looked_at() -> bool:
        waves = "select count(*) from fanin join query q on q.uid = query_uid and state <> 'answered'"
        left = await jisi.value(f"{waves} where closed_at is null and wave = 1")
        return bool(left == 0 and await jisi.value("select count(*) from outbox") == 0)

    await eventually(looked_at, within_seconds=10, reason="the wave is closed")


async def test_a_query_that_comes_too_late_is_not_worked(jisi: System, models: ModelEndpoint) -> None:
    """Its deadline had passed when it arrived: failed, and no call is made."""
    query_id = str(uuid4())
    body = json.dumps({"query": CELLS, "query_id": query_id, "deadline_ms": 1000}).encode()
    async with jisi.kafka.producer() as producer:
        await producer.send_and_wait(jisi.topics.queries, body, timestamp_ms=int(time.time() * 1000) - 60_000)

    answer = await jisi.answer(query_id)
    assert (answer.status, answer.code, answer.bill.calls) == ("failed", "deadline", ())
    assert await models.calls() == []


async def test_a_stage_closes_with_what_it_has(jisi: System, models: ModelEndpoint) -> None:
    """A probe that stalls in the middle of its response is given up when the first wave closes; the others go on."""
    await models.fault("stall", "bea", calls="expert")
    answer = await jisi.ask(CELLS, deadline_ms=DEADLINE_MS)

    assert (answer.status, answer.route, answer.models.references) == ("degraded", "aggregate", ("ada", "cid"))
    assert answer.degraded == ("fewer_experts",)
    assert answer.timings.answered_ms < DEADLINE_MS
    await cancelled(models, 1)
    assert await models.asked(CELLS) == ["ada", "bea", "cid"]
    await jisi.comes_to_rest()
    calls = (await jisi.record(answer.query_id)).settled_bill.calls
    assert [(call.status, call.code) for call in calls if call.model == "bea"] == [("cancelled", "wave_closed")]


async def test_a_late_response_answers_where_there_is_no_other(jisi: System, models: ModelEndpoint) -> None:
    """Nothing has come when the stages close, and nobody is left to ask: what comes before the deadline answers."""
    held = models.hold("ada")
    query_id = await jisi.client.submit({"query": CELLS, "models": ["ada"], "deadline_ms": 20_000})
    await held.arrived.wait()
    await close_waves(jisi)
    held.opened.set()

    answer = await jisi.answer(query_id)
    assert (answer.status, answer.text) == ("completed", said_by("ada"))
    assert len(await models.calls()) == 1


async def test_generators_that_are_back_before_the_deadline_cost_no_answer(
    jisi: System, receiver: OtlpReceiver
) -> None:
    """All are down when the wave closes: its experts are asked by the first that is back."""
    await jisi.stop(jisi.one("generator"))
    try:
        query_id = await jisi.client.submit({"query": CELLS, "models": ["ada"], "deadline_ms": 60_000})
        await jisi.hears(query_id, "accepted")
        await close_waves(jisi)
    finally:
        await jisi.start("generator", otlp_endpoint=HttpUrl(receiver.endpoint))

    answer = await jisi.answer(query_id)
    assert (answer.status, answer.text) == ("completed", said_by("ada"))


async def test_others_are_asked_while_a_late_response_is_waited_for(jisi: System, models: ModelEndpoint) -> None:
    """All probes are late and the models after them fail: the first probe to respond answers, the rest is stopped."""
    held = {model: models.hold(model) for model in ("ada", "bea", "cid")}
    for model in ("dot", "eva"):
        await models.fault("context_exceeded", model)
    query_id = await jisi.client.submit({"query": CELLS, "models": list(KNOWN), "deadline_ms": 30_000})
    for gate in held.values():
        await gate.arrived.wait()
    await close_waves(jisi)
    await eventually(lambda: len(jisi.told(query_id, "response")) == 2, within_seconds=10, reason="dot and eva fail")
    held["bea"].opened.set()

    answer = await jisi.answer(query_id)
    assert (answer.status, answer.text, answer.degraded) == ("degraded", said_by("bea"), ("fewer_experts",))
    assert sorted(model for model, _ in models.requests) == list(KNOWN)
    await jisi.comes_to_rest()
    calls = (await jisi.record(query_id)).settled_bill.calls
    assert {call.model: call.status for call in calls if call.status != "failed"} == {
        "ada": "cancelled",
        "bea": "ok",
        "cid": "cancelled",
    }


async def test_a_query_whose_last_call_fails_late_does_not_wait_for_its_deadline(
    jisi: System, models: ModelEndpoint
) -> None:
    """As soon as nothing can come any more the query fails."""
    held = models.hold("ada")
    await models.fault("context_exceeded", "ada")
    query_id = await jisi.client.submit({"query": CELLS, "models": ["ada"], "deadline_ms": 60_000})
    await held.arrived.wait()
    await close_waves(jisi)
    held.opened.set()

    answer = await jisi.answer(query_id)
    assert (answer.status, answer.code) == ("failed", "no_usable_response")


async def test_a_second_wave_that_stalls_is_not_waited_for(jisi: System, models: ModelEndpoint) -> None:
    """The second wave closes too; the best candidate that has answered by then answers."""
    await models.fault("silence", "dot")
    answer = await jisi.ask(RIVERS, deadline_ms=DEADLINE_MS)

    assert (answer.degraded, answer.text) == (("fewer_experts",), said_by("ada"))
    await cancelled(models, 1)


async def test_a_fusion_that_stalls_ends_with_the_deadline(jisi: System, models: ModelEndpoint) -> None:
    """The best expert's response is the answer, marked by the deadline; the fusion is given up and settled."""
    await models.fault("silence", calls="aggregator")
    answer = await jisi.ask(CELLS, deadline_ms=DEADLINE_MS)

    assert (answer.status, answer.degraded, answer.text) == ("degraded", ("deadline",), said_by("ada"))
    assert answer.timings.answered_ms >= 0.95 * DEADLINE_MS
    await cancelled(models, 1)
    await jisi.comes_to_rest()
    record = await jisi.record(answer.query_id)
    assert record.settled_bill.final
    assert [call.model for call in record.settled_bill.calls if call.kind == "aggregator"] == ["ada"]
    if not answer.bill.final:
        settled = await jisi.hears(answer.query_id, "settled")
        assert settled.detail["bill"]["final"]


async def test_if_nobody_says_anything_in_time_the_query_fails(jisi: System, models: ModelEndpoint) -> None:
    """Every model stalls: the answer says so by the deadline, and all calls are given up."""
    await models.fault("silence")
    answer = await jisi.ask(CELLS, deadline_ms=DEADLINE_MS, models=list(KNOWN))

    assert answer.status == "failed"
    assert answer.code in ("no_usable_response", "deadline")
    assert answer.bill.calls
    await cancelled(models, len(await models.calls()))
    await jisi.comes_to_rest()
    assert (await jisi.record(answer.query_id)).settled_bill.final


async def test_the_deadline_cuts_a_wave_short(jisi: System, models: ModelEndpoint) -> None:
    """Where calls run while the deadline comes, the bill says that it is not final, and is settled afterwards."""
    held = models.hold("ada")
    query_id = await jisi.client.submit({"query": CELLS, "deadline_ms": DEADLINE_MS})
    await held.arrived.wait()
    await jisi.rows("update timer set run_after = now() where kind = 'deadline' returning 1")

    answer = await jisi.answer(query_id)
    assert "deadline" in (*answer.degraded, answer.code)
    assert not answer.bill.final
    assert [call.status for call in answer.bill.calls if call.model == "ada"] == ["running"]
    settled = await jisi.hears(query_id, "settled")
    assert settled.detail["bill"]["final"]
    (call,) = [call for call in settled.detail["bill"]["calls"] if call["model"] == "ada"]
    assert call["status"] == "cancelled"
    assert call["counted"]
