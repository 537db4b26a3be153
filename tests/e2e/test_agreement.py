"""Method `agree` through the same services: experts are asked until the rest could not overturn the leader."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest_asyncio
from jisi.routing.settings import RoutingSettings
from jisi.simulate.endpoint.chat import ChatRequest

from tests.e2e.test_answers import outcome
from tests.support.kafka import new_topic_prefix
from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import CELLS, RIVERS, TRAINS, fused_by, said_by
from tests.support.system import ALL, System, system

VOTE = RoutingSettings(method="agree", agreement_models=3, agreement_support_size=4, agreement_bonus=2.0)
NUMBERS = f"{CELLS} Answer with a number."


@pytest_asyncio.fixture(loop_scope="package")
async def voting(kafka_server: str, bank_database_url: str, models: ModelEndpoint) -> AsyncIterator[System]:
    """A system of its own whose router votes."""
    async with system(kafka_server, bank_database_url, new_topic_prefix(), models.pool()) as made:
        await made.start(*ALL, routing=VOTE)
        yield made


def script(models: ModelEndpoint, said: Mapping[str, str]) -> None:
    """Have experts say these answers; who is not named says 0."""

    def say(request: ChatRequest) -> str:
        if request.aggregator:
            return fused_by(request.model)
        return f"I thought about it for a long while, said {request.model}. The answer is {said.get(request.model, 0)}."

    models.models.say = say


async def test_two_that_agree_are_enough(voting: System, models: ModelEndpoint) -> None:
    """They are asked at once, and the third is not; the better one's response is the answer, verbatim."""
    script(models, {"ada": "7", "bea": "7.0", "cid": "8"})
    answer = await voting.ask(NUMBERS)

    assert outcome(answer)[:2] == ("completed", "route")
    assert answer.models.answer == "ada"
    assert (answer.text or "").endswith("The answer is 7.")
    assert await models.asked(NUMBERS) == ["ada", "bea"]
    record = await voting.record(answer.query_id)
    assert record.decision is not None
    assert record.decision.reason == "ada and bea give the same answer"


async def test_a_third_is_asked_where_two_differ(voting: System, models: ModelEndpoint) -> None:
    """In one more wave; the answer that two give wins against the best expert's."""
    script(models, {"ada": "7", "bea": "8", "cid": "8"})
    answer = await voting.ask(NUMBERS)

    assert outcome(answer)[:2] == ("completed", "route")
    assert answer.models.answer == "bea"
    assert [(call.model, call.wave) for call in answer.bill.calls if call.model == "cid"] == [("cid", 2)]
    record = await voting.record(answer.query_id)
    assert record.decision is not None
    assert record.decision.reason == "bea and cid give the same answer, against ada"


async def test_a_failed_expert_is_made_up_for(voting: System, models: ModelEndpoint) -> None:
    """It has no vote; the third is asked, and who failed is named."""
    script(models, {"bea": "8", "cid": "8"})
    await models.fault("empty", "ada")
    answer = await voting.ask(NUMBERS)

    assert outcome(answer)[:2] == ("degraded", "route")
    assert answer.degraded == ("fewer_experts",)
    assert answer.models.answer == "bea"


async def test_a_call_that_is_not_allowed_leaves_the_leader(voting: System, models: ModelEndpoint) -> None:
    """Two calls, two answers: the better expert's, degraded for want of a third call."""
    script(models, {"ada": "7", "bea": "8", "cid": "8"})
    answer = await voting.ask(NUMBERS, max_calls=2)

    assert outcome(answer)[:2] == ("degraded", "route")
    assert answer.degraded == ("budget",)
    assert answer.models.answer == "ada"


async def test_a_fusion_that_is_asked_for_is_one(voting: System, models: ModelEndpoint) -> None:
    """Mode `aggregate`: whoever may vote is asked and fused."""
    script(models, {"ada": "7", "bea": "8", "cid": "8"})
    answer = await voting.ask(TRAINS, mode="aggregate")

    assert outcome(answer) == ("completed", "aggregate", fused_by("ada"))
    assert answer.models.references == ("ada", "bea", "cid")


async def test_if_no_voter_answers_the_next_are_asked(voting: System, models: ModelEndpoint) -> None:
    """One after the other, as long as nothing is usable."""
    script(models, {"dot": "9"})
    for model in ("ada", "bea", "cid"):
        await models.fault("empty", model)
    answer = await voting.ask(NUMBERS)

    assert outcome(answer)[:2] == ("degraded", "route")
    assert answer.models.answer == "dot"


async def test_a_query_goes_on_by_the_method_it_was_planned_by(
    kafka_server: str, bank_database_url: str, models: ModelEndpoint
) -> None:
    """Its responses are compared though the router that takes them in votes: one of them brings dot in."""
    async with system(kafka_server, bank_database_url, new_topic_prefix(), models.pool()) as own:
        await own.start(*ALL)
        held = {model: models.hold(model) for model in ("ada", "bea", "cid")}
        asked = asyncio.create_task(own.ask(RIVERS))
        for gate in held.values():
            await gate.arrived.wait()
        await own.stop(own.one("router"))
        await own.start("router", routing=VOTE)
        for gate in held.values():
            gate.opened.set()
        answer = await asked

    assert outcome(answer) == ("completed", "route", said_by("dot"))
