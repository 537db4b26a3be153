"""A query gets one answer that explains and bills itself (DESIGN.md 1 and 2)."""

from uuid import uuid4

import pytest
from jisi.contracts.answer import AnswerV1

from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import CELLS, MOONS, RIVERS, TRAINS, fused_by, said_by
from tests.support.system import System
from tests.support.waiting import eventually


def outcome(answer: AnswerV1) -> tuple[str, str | None, str | None]:
    """Give what an answer says in short."""
    return answer.status, answer.route, answer.text


async def test_a_bare_query_is_answered_once_with_everything(jisi: System) -> None:
    """`{"query": ...}` alone gets one completed answer with id, bill, models, timings and trace."""
    answer = await jisi.ask(TRAINS)

    assert outcome(answer) == ("completed", "route", said_by("ada"))
    assert answer.models.experts == ("ada", "bea", "cid") == tuple(sorted(answer.models.experts))
    assert (answer.models.answer, answer.models.aggregator, answer.models.references) == ("ada", None, ())
    assert {(call.model, call.kind, call.wave, call.attempt, call.status) for call in answer.bill.calls} == {
        (model, "expert", 1, 1, "ok") for model in ("ada", "bea", "cid")
    }
    assert {call.model for call in answer.bill.calls if call.used} == {"ada"}
    assert answer.bill.final
    assert answer.bill.cost_usd == pytest.approx(sum(call.cost_usd or 0 for call in answer.bill.calls))
    assert answer.bill.cost_usd > 0
    assert answer.trace_id is not None
    assert len(answer.trace_id) == 32
    steps = answer.timings
    assert steps.accepted_ms is not None
    assert steps.first_wave_ms is not None
    assert steps.candidates_ms is not None
    assert 0 <= steps.accepted_ms <= steps.first_wave_ms <= steps.candidates_ms <= steps.answered_ms
    await jisi.comes_to_rest()
    assert len(await jisi.answers(answer.query_id)) == 1


async def test_a_query_without_an_id_gets_one(jisi: System) -> None:
    """A record without an id is answered under one derived from its place."""
    await jisi.publish(f'{{"query": "{TRAINS}", "metadata": {{"mark": "no id"}}}}'.encode())

    async def derived() -> str:
        return await jisi.value("select query_id from query where metadata->>'mark' = 'no id'") or ""

    query_id = await eventually(derived, within_seconds=20)
    await jisi.hears(query_id, "answered")
    assert len(await jisi.answers(query_id)) == 1


async def test_equals_are_fused(jisi: System, models: ModelEndpoint) -> None:
    """Where several experts are about equal their responses go, best first, to the best aggregator."""
    answer = await jisi.ask(CELLS)

    assert outcome(answer) == ("completed", "aggregate", fused_by("ada"))
    assert answer.models.references == ("ada", "bea", "cid")
    assert (answer.models.answer, answer.models.aggregator) == ("ada", "ada")
    assert [call.model for call in answer.bill.calls if call.kind == "aggregator"] == ["ada"]
    assert all(call.used for call in answer.bill.calls)
    (prompt,) = [body for model, body in models.requests if "independently" in body["messages"][0]["content"]]
    told = prompt["messages"][0]["content"]
    places = [told.index(said_by(model)) for model in ("ada", "bea", "cid")]
    assert places == sorted(places)
    assert prompt["messages"][-1] == {"role": "user", "content": CELLS}


async def test_a_second_wave_asks_who_was_no_probe(jisi: System, models: ModelEndpoint) -> None:
    """The responses show that another model is the best: it is asked then, and alone."""
    answer = await jisi.ask(RIVERS)

    assert outcome(answer) == ("completed", "route", said_by("dot"))
    assert {(call.model, call.wave) for call in answer.bill.calls} == {("ada", 1), ("bea", 1), ("cid", 1), ("dot", 2)}
    assert await models.asked(RIVERS) == ["ada", "bea", "cid", "dot"]


async def test_a_second_wave_may_be_fused(jisi: System) -> None:
    """Candidates of the second wave are fused by the aggregator that the query alone has chosen."""
    answer = await jisi.ask(MOONS)

    assert outcome(answer) == ("completed", "aggregate", fused_by("ada"))
    assert answer.models.references == ("dot", "eva")
    used = {(call.kind, call.model) for call in answer.bill.calls if call.used}
    assert used == {("expert", "dot"), ("expert", "eva"), ("aggregator", "ada")}


async def test_the_record_explains_the_decision(jisi: System) -> None:
    """Neighbours, prior and refined scores, the switch's reason and all calls can be read back."""
    answer = await jisi.ask(MOONS)

    record = await jisi.record(answer.query_id)
    assert record.plan is not None
    assert record.plan.support is not None
    assert record.refined is not None
    assert record.standing is not None
    assert record.decision is not None
    assert len(record.plan.support) == 4
    assert record.plan.probes == ("ada", "bea", "cid")
    assert record.standing.candidates[:2] == ("dot", "eva")
    assert record.decision.references == ("dot", "eva")
    assert answer.reason == record.decision.reason
    assert "dot 1.000" in record.decision.reason
    assert record.answer == answer
    await jisi.comes_to_rest()
    record = await jisi.record(answer.query_id)
    assert record.settled_bill == answer.bill


async def test_progress_tells_the_stages_in_order(jisi: System) -> None:
    """Whoever watches sees each stage once, in the order of the flow."""
    answer = await jisi.ask(MOONS)

    await eventually(lambda: len(jisi.told(answer.query_id)) == 11, within_seconds=20, reason="all steps are heard")
    stages = [step.stage for step in sorted(jisi.told(answer.query_id), key=lambda step: step.at_ms)]
    assert sorted(stages) == sorted(
        ["accepted", *["response"] * 5, "second_wave", "candidates", "decided", "aggregating", "answered"]
    )
    told_once = [stage for stage in stages if stage != "response"]
    assert told_once == ["accepted", "second_wave", "candidates", "decided", "aggregating", "answered"]
    (candidates,) = jisi.told(answer.query_id, "candidates")
    record = await jisi.record(answer.query_id)
    assert record.standing is not None
    assert candidates.detail["models"] == list(record.standing.candidates)


async def test_a_routed_query_is_told_decided_before_answered(jisi: System) -> None:
    """The steps of one service come in their order, not only with times in order."""
    answer = await jisi.ask(TRAINS)

    await jisi.hears(answer.query_id, "answered")
    await jisi.hears(answer.query_id, "decided", route="route", models=["ada"])
    assert [step.stage for step in jisi.told(answer.query_id)][-2:] == ["decided", "answered"]


async def test_a_chat_is_embedded_by_its_user_turns_and_sent_whole(jisi: System, models: ModelEndpoint) -> None:
    """A chat in OpenAI's form goes to the models turn by turn; what routes it is what the user said."""
    chat = [
        {"role": "system", "content": "Answer in one word."},
        {"role": "user", "content": [{"type": "text", "text": TRAINS}]},
    ]
    answer = await jisi.ask({"messages": chat, "model": "anything", "temperature": 0, "metadata": {"mine": [1, {}]}})

    assert outcome(answer) == ("completed", "route", said_by("ada"))
    assert answer.metadata == {"mine": [1, {}]}
    assert models.requests[0][1]["messages"] == [chat[0], {"role": "user", "content": TRAINS}]


async def test_mode_route_never_fuses(jisi: System, models: ModelEndpoint) -> None:
    """`mode: route` gives the best candidate's response where the switch would have fused."""
    assert outcome(await jisi.ask(CELLS, mode="route")) == ("completed", "route", said_by("ada"))
    assert await models.calls(kind="aggregator") == []


async def test_mode_aggregate_always_fuses(jisi: System) -> None:
    """`mode: aggregate` fuses all usable candidates where the switch would have routed."""
    answer = await jisi.ask(TRAINS, mode="aggregate")

    assert outcome(answer) == ("completed", "aggregate", fused_by("ada"))
    assert answer.models.references == ("ada", "bea", "cid")


async def test_only_the_models_named_are_asked(jisi: System, models: ModelEndpoint) -> None:
    """`models` narrows the pool for one query; below three models the best is asked first, alone."""
    answer = await jisi.ask(CELLS, models=["bea", "eva"])

    assert outcome(answer) == ("completed", "route", said_by("bea"))
    assert await models.asked(CELLS) == ["bea"]


async def test_an_unknown_model_is_refused(jisi: System, models: ModelEndpoint) -> None:
    """A model that is not in the pool fails the query, by name, before any call."""
    answer = await jisi.ask(CELLS, models=["ada", "nobody"])

    assert (answer.status, answer.code, answer.text) == ("failed", "unknown_model", None)
    assert "nobody" in (answer.reason or "")
    assert answer.bill.calls == ()
    assert await models.calls() == []


async def test_without_evidence_the_default_model_answers(jisi: System) -> None:
    """Where the bank knows no eligible model the default (else the first) answers alone, and the answer says so."""
    answer = await jisi.ask(TRAINS, models=["fay"])

    assert outcome(answer) == ("degraded", "route", said_by("fay"))
    assert answer.degraded == ("no_evidence",)


@pytest.mark.parametrize("extra", [{"tools": [{"type": "function"}]}, {"n": 2}])
async def test_what_is_not_built_is_refused_clearly(
    jisi: System, models: ModelEndpoint, extra: dict[str, object]
) -> None:
    """Tools and several choices fail the query at once, saying what to change."""
    query_id = str(uuid4())
    await jisi.publish_json({"query": TRAINS, "query_id": query_id, **extra})

    answer = await jisi.answer(query_id)
    assert (answer.status, answer.code) == ("failed", "unsupported")
    assert "not supported yet" in (answer.reason or "")
    assert await models.calls() == []


async def test_images_are_refused_clearly(jisi: System) -> None:
    """A part of a message that is no text fails the query."""
    query_id = str(uuid4())
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
    await jisi.publish_json({"messages": [{"role": "user", "content": [image]}], "query_id": query_id})

    answer = await jisi.answer(query_id)
    assert (answer.status, answer.code) == ("failed", "unsupported")
    assert "image_url" in (answer.reason or "")
