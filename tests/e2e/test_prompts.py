"""What the aggregator is told: scores where wanted, and references that fit its context (ALGORITHM.md 5)."""

from collections.abc import AsyncIterator

import pytest_asyncio
from jisi.llm.spec import ModelLimits

from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import CELLS, fused_by, said_by
from tests.support.system import ALL, System, system


@pytest_asyncio.fixture(loop_scope="package")
async def own(
    kafka_server: str, bank_database_url: str, topic_prefix: str, models: ModelEndpoint
) -> AsyncIterator[System]:
    """A system whose aggregators are told scores, and whose best one has a small context."""
    small = {"ada": {"limits": ModelLimits(context_tokens=1100, max_tokens=200)}}
    async with system(kafka_server, bank_database_url, topic_prefix, models.pool(specs=small)) as made:
        await made.start(*ALL, aggregation_style="with_score")
        yield made
        await models.reset()


async def test_scores_and_long_references(own: System, models: ModelEndpoint) -> None:
    """Each reference comes with its prior score; too long ones are shortened, which the answer says."""
    answer = await own.ask(CELLS)
    told = [body["messages"][0]["content"] for _, body in models.requests if "independently" in str(body)]
    assert (answer.status, answer.text) == ("completed", fused_by("ada"))
    assert [f"Confidence in response {place}: " in told[0] for place in (1, 2, 3)] == [True] * 3
    assert "Confidence in response 1: 1.00" in told[0]

    models.requests.clear()
    models.models.say = lambda request: fused_by(request.model) if request.aggregator else "long " * 900 + request.model
    answer = await own.ask(f"{CELLS} At length, please.")
    assert (answer.status, answer.degraded, answer.text) == ("degraded", ("references_trimmed",), fused_by("ada"))
    (prompt,) = [body for _, body in models.requests if "independently" in str(body)]
    assert prompt.get("max_tokens", prompt.get("max_completion_tokens")) <= 200
    assert said_by("ada") not in str(prompt)
    assert len(str(prompt)) < 3 * 900 * len("long ")


async def test_every_call_names_its_query(own: System, models: ModelEndpoint) -> None:
    """Experts' and aggregator's calls carry the id of the query, whatever signs it is made of."""
    query_id = "Frage 7, 50 %: äöü"
    answer = await own.ask(CELLS, query_id=query_id)
    calls = await models.calls()

    assert answer.route == "aggregate"
    assert {call["kind"] for call in calls} == {"expert", "aggregator"}
    assert {call["query_id"] for call in calls} == {query_id}
