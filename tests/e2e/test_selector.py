"""Method `selector` through the same services: all who may answer are asked at once, the likeliest response answers."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from jisi.artefacts import weights_folder
from jisi.contracts.answer import AnswerV1
from jisi.embedding.minilm import MiniLmEmbedder
from jisi.errors import InputError
from jisi.routing.selection import Selector
from jisi.routing.settings import RoutingSettings
from jisi.selector.file import save_selector
from jisi.selector.settings import SelectorSettings

from tests.e2e.test_agreement import NUMBERS, VOTE, script
from tests.e2e.test_answers import outcome
from tests.e2e.test_live_changes import change_bank
from tests.support.kafka import new_topic_prefix
from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import TRAINS, bank_lines, fused_by
from tests.support.small_selector import AGREED, ALONE, FIRST, small_selector
from tests.support.system import ALL, System, system

SELECT = RoutingSettings(method="selector")
STRANGE = "Solve 3 x = 21 for x and answer with a number."
CAUTION = "caution: the query is unlike those that the selector was fitted to"


async def fitted(folder: Path) -> SelectorSettings:
    """Write a selector fitted with the embedder that the services embed with."""
    embedder = MiniLmEmbedder(folder=weights_folder())
    await embedder.close()
    return written(folder, small_selector(support_size=4, nearest=0.4, embedder=embedder.identity))


def written(folder: Path, selector: Selector) -> SelectorSettings:
    """Write a selector, and name its file."""
    save_selector(selector, folder / "selector.npz")
    return SelectorSettings(file=folder / "selector.npz")


@pytest_asyncio.fixture(loop_scope="package")
async def own(
    kafka_server: str, bank_database_url: str, topic_prefix: str, models: ModelEndpoint
) -> AsyncIterator[System]:
    """A system whose services the test starts."""
    async with system(kafka_server, bank_database_url, topic_prefix, models.pool()) as made:
        yield made
        await models.reset()


@pytest_asyncio.fixture(loop_scope="package")
async def selecting(
    kafka_server: str, bank_database_url: str, models: ModelEndpoint, tmp_path: Path
) -> AsyncIterator[System]:
    """A system of its own whose router selects."""
    async with system(kafka_server, bank_database_url, new_topic_prefix(), models.pool()) as made:
        await made.start(*ALL, routing=SELECT, selector=await fitted(tmp_path))
        yield made


async def test_the_likeliest_answers(selecting: System, models: ModelEndpoint) -> None:
    """Three are asked at once; of the two that agree the one that the trees believe answers, verbatim."""
    script(models, {"ada": "7", "bea": "7.0", "cid": "8"})
    answer = await selecting.ask(NUMBERS)

    assert outcome(answer)[:2] == ("completed", "route")
    assert answer.models.answer == "bea"
    assert (answer.text or "").endswith("The answer is 7.0.")
    assert await models.asked(NUMBERS) == ["ada", "bea", "cid"]
    assert {call.wave for call in answer.bill.calls} == {1}
    record = await selecting.record(answer.query_id)
    assert record.decision is not None
    assert record.standing is not None
    assert record.standing.verdict is not None
    assert record.standing.candidates == ("bea", "ada", "cid")
    assert record.standing.scores[:3] == pytest.approx([AGREED, FIRST, ALONE], abs=1e-3)
    assert record.decision.reason == (
        "by the selector bea is the most likely to be right (bea 0.731, ada 0.269, cid 0.119); "
        "bea and ada give the same answer, against cid"
    )


async def test_a_failed_expert_is_no_candidate(selecting: System, models: ModelEndpoint) -> None:
    """It is judged by nobody; who failed is named, and the best of the others answers."""
    script(models, {"ada": "7", "cid": "7"})
    await models.fault("empty", "bea")
    answer = await selecting.ask(NUMBERS)

    assert outcome(answer)[:2] == ("degraded", "route")
    assert answer.degraded == ("fewer_experts",)
    assert answer.models.answer == "cid"


async def test_if_none_is_usable_the_next_are_asked(selecting: System, models: ModelEndpoint) -> None:
    """One after the other, by prior; the reason says that nothing was judged."""
    for model in ("ada", "bea", "cid"):
        await models.fault("empty", model)
    answer = await selecting.ask(NUMBERS)

    assert outcome(answer)[:2] == ("degraded", "route")
    assert answer.models.answer == "dot"
    record = await selecting.record(answer.query_id)
    assert record.decision is not None
    assert record.decision.reason.startswith("the selector can judge none of the usable responses")


async def test_too_few_calls_leave_one_expert(selecting: System, models: ModelEndpoint) -> None:
    """As by the other methods, the best by prior answers alone."""
    script(models, {"ada": "7"})
    answer = await selecting.ask(NUMBERS, max_calls=2)

    assert outcome(answer)[:2] == ("degraded", "route")
    assert answer.degraded == ("budget",)
    assert answer.models.answer == "ada"


async def test_a_fusion_that_is_asked_for_is_one(selecting: System, models: ModelEndpoint) -> None:
    """Mode `aggregate`: whoever was asked is fused, best by prior first."""
    script(models, {"ada": "7", "bea": "7", "cid": "8"})
    answer = await selecting.ask(TRAINS, mode="aggregate")

    assert outcome(answer) == ("completed", "aggregate", fused_by("ada"))
    assert answer.models.references == ("ada", "bea", "cid")


async def test_a_query_of_an_unknown_kind_is_told(
    selecting: System, models: ModelEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    """In the record and in the router's log; of others nothing is said."""
    script(models, {"ada": "7", "bea": "7", "cid": "7"})
    with caplog.at_level(logging.WARNING):
        known, strange = await selecting.ask(NUMBERS), await selecting.ask(STRANGE)
    reasons = [await reason_of(selecting, answer) for answer in (known, strange)]

    assert [CAUTION in reason for reason in reasons] == [False, True]
    assert strange.models.answer == "bea"
    assert [message for message in caplog.messages if "selector" in message] == [
        f"query {await uid_of(selecting, strange)} is unlike those that the selector was fitted to"
    ]


async def test_a_router_without_the_selector_lets_them_vote(own: System, models: ModelEndpoint, tmp_path: Path) -> None:
    """A query that another router planned: the answer of most wins, and the reason says why."""
    script(models, {"ada": "7", "bea": "8", "cid": "8"})
    held = models.hold("cid")
    await own.start(*ALL, routing=SELECT, selector=await fitted(tmp_path))
    asked = asyncio.create_task(own.ask(NUMBERS))
    await held.arrived.wait()
    await own.start("router", routing=VOTE)
    await own.stop(own.running[0])
    held.opened.set()
    answer = await asked

    assert answer.models.answer == "bea"
    assert await reason_of(own, answer) == (
        "by vote, for the router that took the responses in has not the selector the query was planned for: "
        "bea and cid give the same answer, against ada"
    )


async def test_a_bank_that_is_gone_between_the_waves(own: System, models: ModelEndpoint, tmp_path: Path) -> None:
    """What the selector is told is found again on the present one, for those who were asked."""
    script(models, {"ada": "7", "bea": "7", "cid": "8"})
    held = models.hold("cid")
    selector = await fitted(tmp_path)
    await own.start(*ALL, routing=SELECT, selector=selector)
    asked = asyncio.create_task(own.ask(NUMBERS))
    await held.arrived.wait()
    changed = {**bank_lines()[4], "query": "What does the vacuole do in a living cell?", "index": 99}
    await change_bank(own, [changed], tmp_path)
    await own.stop(own.one("router"))
    await own.start("router", routing=SELECT, selector=selector)
    held.opened.set()
    answer = await asked

    record = await own.record(answer.query_id)
    assert record.plan_recomputed
    assert record.standing is not None
    assert record.standing.verdict is not None
    assert [model for model, _ in record.standing.verdict.chances] == ["bea", "ada", "cid"]
    assert answer.models.answer == "bea"


async def test_a_router_that_cannot_select_does_not_start(own: System, tmp_path: Path) -> None:
    """For want of a file, of one that is whole, and of one fitted with the same embedder."""
    (tmp_path / "broken.npz").write_text("no archive")
    foreign = written(tmp_path, small_selector(embedder="elsewhere/model"))
    for settings, message in (
        (SelectorSettings(), "JISI_ROUTING_METHOD=selector needs JISI_SELECTOR_FILE"),
        (SelectorSettings(file=tmp_path / "broken.npz"), "this is no selector"),
        (foreign, "was fitted with the embedder elsewhere/model"),
    ):
        with pytest.raises(InputError, match=message):
            await own.start("router", routing=SELECT, selector=settings)
        own.running.clear()


async def reason_of(own: System, answer: AnswerV1) -> str:
    """Give why a query was decided as it was."""
    record = await own.record(answer.query_id)
    assert record.decision is not None
    return record.decision.reason


async def uid_of(own: System, answer: AnswerV1) -> str:
    """Give the key of a query in the ledger."""
    return str(await own.value("select uid from query where query_id = %s", answer.query_id))
