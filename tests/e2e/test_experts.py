"""Experts that fail, and what becomes of the query (ALGORITHM.md 3 and 4, DESIGN.md 4)."""

import pytest

from tests.e2e.test_answers import outcome
from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import CELLS, KNOWN, RIVERS, TRAINS, fused_by, said_by, say
from tests.support.system import System


async def test_a_response_no_answer_could_hold_is_none(
    jisi: System, models: ModelEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is paid and left out; the next best answers."""
    monkeypatch.setattr("jisi.contracts.texts.LONGEST_TEXT_BYTES", 1_000)
    models.models.say = lambda request: "long " * 300 if request.model == "ada" else say(request)
    answer = await jisi.ask(TRAINS)

    assert (answer.status, answer.degraded) == ("degraded", ("fewer_experts",))
    assert answer.text in {said_by("bea"), said_by("cid"), fused_by("bea"), fused_by("cid"), said_by("dot")}
    record = await jisi.record(answer.query_id)
    (ada,) = [response for response in record.responses if response.model == "ada"]
    assert (ada.usable, ada.code, ada.text) == (False, "too_long", "")
    assert [call.cost_usd for call in answer.bill.calls if call.model == "ada" and call.kind == "expert"] != [None]


async def test_a_probe_that_fails_is_left_out(jisi: System, models: ModelEndpoint) -> None:
    """The others are fused without it, nobody is asked in its place, and the answer says that experts are missing."""
    await models.fault("context_exceeded", "bea")
    answer = await jisi.ask(CELLS)

    assert outcome(answer) == ("degraded", "aggregate", fused_by("ada"))
    assert answer.degraded == ("fewer_experts",)
    assert answer.models.references == ("ada", "cid")
    (failed,) = [call for call in answer.bill.calls if call.status == "failed"]
    assert (failed.model, failed.code, failed.cost_usd) == ("bea", "context_overflow", 0)
    assert await models.asked(CELLS) == ["ada", "bea", "cid"]


@pytest.mark.parametrize("fault", ["empty", "only_reasoning"])
async def test_a_response_without_text_is_not_usable(jisi: System, models: ModelEndpoint, fault: str) -> None:
    """Whoever says nothing, or only thinks, counts as failed, and is paid all the same."""
    await models.fault(fault, "ada")
    answer = await jisi.ask(TRAINS)

    assert outcome(answer) == ("degraded", "route", said_by("bea"))
    assert answer.degraded == ("fewer_experts",)
    (empty,) = [call for call in answer.bill.calls if call.model == "ada"]
    assert (empty.status, empty.code, empty.used) == ("ok", "empty", False)
    assert (empty.cost_usd or 0) > 0


async def test_if_no_probe_is_usable_the_next_are_asked(jisi: System, models: ModelEndpoint) -> None:
    """The next candidates by prior score are asked; the best of them answers."""
    for model in ("ada", "bea", "cid"):
        await models.fault("empty", model)
    answer = await jisi.ask(CELLS, models=list(KNOWN))

    assert outcome(answer) == ("degraded", "route", said_by("dot"))
    assert answer.degraded == ("fewer_experts",)
    assert [call.wave for call in answer.bill.calls if call.model == "dot"] == [2]


async def test_one_after_the_other_is_asked_until_one_answers(jisi: System, models: ModelEndpoint) -> None:
    """As long as nothing is usable, the models after them are asked too."""
    for model in KNOWN[:4]:
        await models.fault("empty", model)
    answer = await jisi.ask(CELLS, models=list(KNOWN))

    assert outcome(answer) == ("degraded", "route", said_by("eva"))
    assert await models.asked(CELLS) == list(KNOWN)


async def test_if_nobody_answers_the_query_fails(jisi: System, models: ModelEndpoint) -> None:
    """All have been asked, none said anything: the answer says so, with all calls on the bill."""
    await models.fault("empty")
    answer = await jisi.ask(CELLS, models=list(KNOWN))

    assert (answer.status, answer.code, answer.text) == ("failed", "no_usable_response", None)
    assert "5 models" in (answer.reason or "")
    assert sorted(call.model for call in answer.bill.calls) == list(KNOWN)
    assert answer.bill.cost_usd > 0


async def test_a_second_wave_that_fails_leaves_the_probes(jisi: System, models: ModelEndpoint) -> None:
    """Where the candidate asked in the second wave fails, the best candidate that did answer answers."""
    await models.fault("context_exceeded", "dot")
    answer = await jisi.ask(RIVERS)

    assert outcome(answer) == ("degraded", "route", said_by("ada"))
    assert answer.degraded == ("fewer_experts",)


async def test_a_response_cut_off_does_not_answer_while_a_whole_one_is_there(
    jisi: System, models: ModelEndpoint
) -> None:
    """The best model's response ends at its length limit: the next whole one is the answer."""
    await models.fault("truncated", "ada")

    assert outcome(await jisi.ask(TRAINS)) == ("completed", "route", said_by("bea"))


async def test_where_all_are_cut_off_the_best_answers_and_says_so(jisi: System, models: ModelEndpoint) -> None:
    """A response cut off is better than none."""
    await models.fault("truncated")
    answer = await jisi.ask(TRAINS)

    assert (answer.status, answer.degraded, answer.models.answer) == ("degraded", ("cut_off",), "ada")
    assert said_by("ada").startswith(answer.text or "nothing")


async def test_too_many_requests_are_tried_again_and_counted(jisi: System, models: ModelEndpoint) -> None:
    """After 429 the call is made again once its Retry-After is over; both attempts are on the bill."""
    await models.fault("rate_limited", "ada", times=1, retry_after=1)
    answer = await jisi.ask(TRAINS)

    assert outcome(answer) == ("completed", "route", said_by("ada"))
    attempts = [(call.attempt, call.status, call.code) for call in answer.bill.calls if call.model == "ada"]
    assert attempts == [(1, "failed", "rate_limited"), (2, "ok", None)]
    retrying = await jisi.hears(answer.query_id, "retrying", model="ada", code="rate_limited")
    assert retrying.detail["seconds"] >= 1


async def test_an_endpoint_that_errs_is_tried_again_a_few_times(jisi: System, models: ModelEndpoint) -> None:
    """After an error of the server there are two more attempts, no more."""
    await models.fault("server_error", "bea")
    answer = await jisi.ask(CELLS)

    assert answer.degraded == ("fewer_experts",)
    attempts = [(call.attempt, call.code) for call in answer.bill.calls if call.model == "bea"]
    assert attempts == [(attempt, "endpoint_error") for attempt in (1, 2, 3)]


async def test_a_broken_stream_is_paid_and_tried_again(jisi: System, models: ModelEndpoint) -> None:
    """What was said before the connection broke is estimated and billed, marked as counted."""
    await models.fault("disconnect", "ada", times=1, after_tokens=8)
    answer = await jisi.ask(TRAINS)

    assert outcome(answer) == ("completed", "route", said_by("ada"))
    broken, whole = [call for call in answer.bill.calls if call.model == "ada"]
    assert (broken.status, broken.code, broken.counted) == ("failed", "connection_lost", True)
    assert (broken.completion_tokens or 0) > 0
    assert (whole.status, whole.counted) == ("ok", False)


async def test_a_refused_key_is_not_hammered(jisi: System, models: ModelEndpoint) -> None:
    """After 401 the model is left alone by everybody: the next query is told so without a call."""
    await models.fault("unauthorized", "gus")
    first = await jisi.ask(TRAINS, models=["gus"])
    second = await jisi.ask(TRAINS, models=["gus"])

    assert (first.status, second.status) == ("failed", "failed")
    assert [call.code for call in first.bill.calls] == ["key_refused"]
    assert second.bill.calls == ()
    assert await models.asked(TRAINS) == ["gus"]
    (response,) = (await jisi.record(second.query_id)).responses
    assert response.code == "key_refused"
