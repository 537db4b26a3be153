"""Aggregators that fail: the next of the ranking, in the end the best expert's own response (ALGORITHM.md 2)."""

import pytest

from tests.e2e.test_answers import outcome
from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import CELLS, KNOWN, MOONS, fused_by, said_by
from tests.support.system import System


@pytest.mark.parametrize("fault", ["context_exceeded", "empty", "truncated", "refusal", "html"])
async def test_the_next_aggregator_is_tried(jisi: System, models: ModelEndpoint, fault: str) -> None:
    """When the first fails, says nothing or is cut off, the second fuses, and the answer says that it was replaced."""
    await models.fault(fault, "ada", calls="aggregator")
    answer = await jisi.ask(CELLS)

    assert outcome(answer) == ("degraded", "aggregate", fused_by("bea"))
    assert answer.degraded == ("aggregator_replaced",)
    assert answer.models.aggregator == "bea"
    first, second = [call for call in answer.bill.calls if call.kind == "aggregator"]
    assert (first.model, first.used) == ("ada", False)
    assert (second.model, second.used) == ("bea", True)
    assert answer.bill.final


async def test_if_none_fuses_the_best_expert_answers(jisi: System, models: ModelEndpoint) -> None:
    """All candidates of the ranking are tried, then the best expert's own response is the answer."""
    await models.fault("empty", calls="aggregator")
    answer = await jisi.ask(CELLS)

    assert outcome(answer) == ("degraded", "route", said_by("ada"))
    assert answer.degraded == ("aggregation_failed",)
    assert [call.model for call in answer.bill.calls if call.kind == "aggregator"] == list(KNOWN)
    assert {call.model for call in answer.bill.calls if call.used} == {"ada"}
    assert {call.kind for call in answer.bill.calls if call.used} == {"expert"}


async def test_the_best_expert_is_the_best_by_refined_score(jisi: System, models: ModelEndpoint) -> None:
    """Where the second wave's candidates could not be fused, the best of them answers, not the best probe."""
    await models.fault("empty", calls="aggregator")
    answer = await jisi.ask(MOONS)

    assert outcome(answer) == ("degraded", "route", said_by("dot"))


async def test_all_that_went_wrong_is_told(jisi: System, models: ModelEndpoint) -> None:
    """An expert missing and an aggregator replaced are both reasons."""
    await models.fault("empty", "cid", calls="expert")
    await models.fault("empty", "ada", calls="aggregator")
    answer = await jisi.ask(CELLS)

    assert set(answer.degraded) == {"fewer_experts", "aggregator_replaced"}
    assert answer.models.references == ("ada", "bea")


async def test_a_model_is_bought_once_as_expert_and_once_as_aggregator(jisi: System, models: ModelEndpoint) -> None:
    """The same model serves one query in both ways."""
    answer = await jisi.ask(CELLS)

    calls = sorted((call.kind, call.model) for call in answer.bill.calls)
    assert calls == [("aggregator", "ada"), ("expert", "ada"), ("expert", "bea"), ("expert", "cid")]
    assert len(await models.calls()) == 4
