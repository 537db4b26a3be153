"""Calls and money are reserved before a call, never exceeded, and the answer is made from what is there."""

import pytest
from jisi.simulate.endpoint.chat import ChatRequest, Completion

from tests.e2e.test_answers import outcome
from tests.support.scripted_models import ModelEndpoint, completion
from tests.support.small_bank import CELLS, MOONS, TRAINS, fused_by, said_by, say
from tests.support.system import System


@pytest.mark.parametrize("max_calls", [1, 2])
async def test_fewer_calls_than_probes_ask_the_best_model_alone(
    jisi: System, models: ModelEndpoint, max_calls: int
) -> None:
    """One call is made, and the answer is degraded by the budget."""
    answer = await jisi.ask(CELLS, max_calls=max_calls)

    assert outcome(answer) == ("degraded", "route", said_by("ada"))
    assert answer.degraded == ("budget",)
    assert await models.asked(CELLS) == ["ada"]


@pytest.mark.parametrize(
    ("query", "max_calls", "status", "text"),
    [
        (CELLS, 3, "degraded", said_by("ada")),
        (CELLS, 4, "completed", fused_by("ada")),
        (TRAINS, 3, "completed", said_by("ada")),
        (MOONS, 3, "degraded", said_by("ada")),
        (MOONS, 4, "degraded", said_by("dot")),
        (MOONS, 5, "degraded", said_by("dot")),
        (MOONS, 6, "completed", fused_by("ada")),
    ],
)
async def test_calls_are_spent_in_order(
    jisi: System, models: ModelEndpoint, query: str, max_calls: int, status: str, text: str
) -> None:
    """Probes, then the second wave, best first, then the fusion; where none is left the best candidate answers."""
    answer = await jisi.ask(query, max_calls=max_calls)

    assert (answer.status, answer.text) == (status, text)
    assert answer.degraded == (("budget",) if status == "degraded" else ())
    assert len(await models.calls()) <= max_calls


async def test_attempts_that_fail_count(jisi: System, models: ModelEndpoint) -> None:
    """A call made again is two calls, so none is left to fuse."""
    await models.fault("rate_limited", "bea", times=1, retry_after=1)
    answer = await jisi.ask(CELLS, max_calls=4)

    assert outcome(answer) == ("degraded", "route", said_by("ada"))
    assert answer.degraded == ("budget",)
    assert len(await models.calls()) == 4


async def test_money_shortens_completions(jisi: System, models: ModelEndpoint) -> None:
    """What a call may cost is lent to it as fewer tokens, and the whole stays below what was allowed."""
    answer = await jisi.ask(CELLS, max_cost_usd=0.003)

    assert outcome(answer) == ("completed", "aggregate", fused_by("ada"))
    limits = {model: body.get("max_tokens") or body["max_completion_tokens"] for model, body in models.requests[:3]}
    assert limits["ada"] > limits["bea"] > limits["cid"] > 64
    assert max(limits.values()) < 1000
    assert 0 < answer.bill.cost_usd <= 0.003
    spent = await jisi.value("select cost_reserved from query where query_id = %s", answer.query_id)
    await jisi.comes_to_rest()
    spent = await jisi.value("select cost_reserved from query where query_id = %s", answer.query_id)
    assert spent == pytest.approx(answer.bill.cost_usd)


async def test_money_that_pays_for_no_call_fails_the_query(jisi: System, models: ModelEndpoint) -> None:
    """Nothing is called, and the reason is the budget."""
    answer = await jisi.ask(CELLS, max_cost_usd=0.000001)

    assert (answer.status, answer.code) == ("failed", "budget")
    assert answer.bill.calls == ()
    assert await models.calls() == []
    spent = await jisi.rows("select cost_reserved, calls_reserved from query where query_id = %s", answer.query_id)
    assert spent == [(0.0, 0)]


async def test_money_spent_by_the_experts_leaves_none_to_fuse(jisi: System, models: ModelEndpoint) -> None:
    """Experts that use all they were lent: the best of them answers, degraded by the budget, never above it."""

    def talkative(request: ChatRequest) -> Completion:
        return completion(request, say(request), completion_tokens=request.max_tokens)

    models.models.say = talkative
    answer = await jisi.ask(CELLS, max_cost_usd=0.0015)

    assert outcome(answer) == ("degraded", "route", said_by("ada"))
    assert answer.degraded == ("budget",)
    assert 0.0014 < answer.bill.cost_usd <= 0.0015
    assert await models.calls(kind="aggregator") == []
