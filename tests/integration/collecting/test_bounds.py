"""Bounds, limits and failures: what is never passed, and what is kept apart from wrong answers."""

import re

from tests.integration.collecting.conftest import QUESTIONS, Collecting, pairs
from tests.support.scripted_models import KEY_VARIABLE


async def test_calls_are_bounded_over_all_runs(collecting: Collecting) -> None:
    """No more are made, what is missing is told, the bank holds the rest; a larger bound goes on from there."""
    first = await collecting.run(10, "--max-calls=13")
    asked = len(await collecting.endpoint.calls())
    again = await collecting.run(10, "--max-calls=13")

    assert (first.code, again.code) == (3, 3)
    assert asked == len(await collecting.endpoint.calls()) == 13
    assert "--max-calls 13 is used up. 17 answers are missing" in first.out
    assert sum(len(item["records"]) for item in collecting.items().values()) == 13

    last = await collecting.run(10, "--max-calls=30")

    assert last.code == 0, last.err
    assert await collecting.completed() == dict.fromkeys(pairs(10), 1)


async def test_money_is_bounded(collecting: Collecting) -> None:
    """A call begins only if the most it can cost still fits: what the endpoint has earned stays below the bound."""
    ended = await collecting.run(10, "--max-cost=0.002", "--json")
    collected = ended.lines[-1]

    assert ended.code == 3, ended.err
    assert 0 < len(await collecting.endpoint.calls()) < 30
    assert await collecting.bill() <= 0.002
    assert abs(collected["cost_usd"] - await collecting.bill()) < 1e-9
    assert collected["budget_ended"].startswith("--max-cost 0.002 could be passed by a further call")
    assert collected["failures"] == 0


async def test_failures_are_no_wrong_answers(collecting: Collecting) -> None:
    """They leave no record, are listed by model and cause, and are asked again by the next run, alone."""
    await collecting.endpoint.fault("server_error", model="bea")
    await collecting.endpoint.fault("refusal", model="cid", times=1)
    ended = await collecting.run(3)
    asked = await collecting.endpoint.calls(model="bea")

    assert ended.code == 4, ended.err
    assert 3 < len(asked) <= 9
    assert [sorted(item["records"]) for item in collecting.items().values()] in (
        [["ada"], ["ada", "cid"], ["ada", "cid"]],
        [["ada", "cid"], ["ada"], ["ada", "cid"]],
        [["ada", "cid"], ["ada", "cid"], ["ada"]],
    )
    assert re.search(r"bea: 3 without an answer, endpoint_error: bea at http", ended.out)
    assert "cid: 1 without an answer, content_filter: cid declined by its content filter." in ended.out
    assert "4 answers are missing: the same command asks for them again" in ended.out

    await collecting.endpoint.reset()
    mended = await collecting.run(3)

    assert mended.code == 0, mended.err
    assert len(await collecting.endpoint.calls()) == 4
    assert all(len(item["records"]) == 3 for item in collecting.items().values())


async def test_a_refused_key_costs_its_model_alone(collecting: Collecting) -> None:
    """The model is not asked again in this run, the others go on; a key that is not there costs no request at all."""
    await collecting.endpoint.fault("unauthorized", model="bea")
    collecting.specs = {
        "bea": {"limits": {"max_tokens": 100, "concurrency": 1}},
        "cid": {"api_key_env": f"{KEY_VARIABLE}_OF_CID"},
    }
    ended = await collecting.run(5)

    assert ended.code == 4, ended.err
    assert len(await collecting.endpoint.calls(model="ada")) == 5
    assert len(await collecting.endpoint.calls(model="bea")) == 1
    assert len(await collecting.endpoint.calls(model="cid")) == 0
    assert "bea was not asked to the end: key_refused" in ended.out
    assert "cid was not asked to the end: key_missing" in ended.out
    assert f"cid: 5 without an answer, key_missing: the key of cid is to be in {KEY_VARIABLE}_OF_CID" in ended.out
    assert "6 calls, " in ended.out


async def test_a_busy_endpoint_is_waited_for(collecting: Collecting) -> None:
    """A 429 is tried again once its Retry-After is over, by nobody before, and costs no answer."""
    await collecting.endpoint.fault("rate_limited", model="ada", times=2, retry_after=1)
    collecting.specs = {"ada": {"limits": {"max_tokens": 100, "concurrency": 1}}}
    ended = await collecting.run(3, "--models=ada", "--json")
    calls = await collecting.endpoint.calls()
    seconds = [call["outcome"] for call in calls]

    assert ended.code == 0, ended.err
    assert seconds == ["refused", "refused", "completed", "completed", "completed"]
    assert [call["query"] for call in calls[:3]] == [QUESTIONS[0].prompt] * 3
    assert ended.lines[-1]["calls"] == 5


async def test_limits_hold(collecting: Collecting) -> None:
    """No model has more calls at once than its limit, all together no more than --concurrency; both are made use of."""
    await collecting.endpoint.fault("delay", seconds=0.1)
    collecting.specs = {"ada": {"limits": {"max_tokens": 100, "concurrency": 2}}}
    ended = await collecting.run(8, "--concurrency=5", "--models=ada,bea")
    models = (await collecting.endpoint._control("GET", "stats"))["models"]

    assert ended.code == 0, ended.err
    assert models["ada"]["peak_in_flight"] == 2
    assert 3 <= models["bea"]["peak_in_flight"] <= 5


async def test_wrong_wishes_are_told_before_anybody_is_asked(collecting: Collecting) -> None:
    """A model that is not in the pool, and a folder with another bank's meta.json."""
    unknown = await collecting.run(2, "--models=adda")
    (collecting.folder / "meta.json").write_text('{"pool": ["x"]}')
    foreign = await collecting.run(2)

    assert unknown.code == foreign.code == 1
    assert "'adda' is no model of the pool that can be used so: did you mean ada?" in unknown.err
    assert "meta.json belongs to another bank" in foreign.err
    assert await collecting.endpoint.calls() == []
