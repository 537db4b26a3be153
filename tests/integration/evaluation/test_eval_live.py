"""`jisi eval --live`: fusions really made, over HTTP, by a command as a person runs it."""

import asyncio
import signal

import pytest

from tests.integration.evaluation.conftest import MODELS, TESTED, Evaluation, question
from tests.support.command_line import start_jisi
from tests.support.scripted_models import KEY, KEY_VARIABLE

BOTH = "moa:3,self-fusion:2"
ONCE_EACH = sorted([(model, question(one)) for one in TESTED for model in (*MODELS, "ada")])
"""Calls to experts that both take: what they ask alike is asked once, and self-fusion samples ada once more."""


async def test_fusions_are_made_graded_and_kept(evaluation: Evaluation) -> None:
    """Each expert is asked, each fusion made, all of it measured; the second run has the same figures for no call."""
    first = await evaluation.run(BOTH)
    report = evaluation.report

    assert first.code == 0, first.err
    assert await evaluation.experts_asked() == ONCE_EACH
    calls = await evaluation.endpoint.calls()
    assert len(calls) == 24
    live = report["live"]
    assert (live["rows"], live["calls"], live["kept_calls"], live["failed_calls"]) == (4, 24, 0, {})
    assert (live["not_graded"], live["grader_agreement"]) == (1, 1.0)
    prices = {spec.name: (spec.prompt_price, spec.completion_price) for spec in evaluation.endpoint.pool().models}
    bill = sum(
        (call["prompt_tokens"] * prices[call["model"]][0] + call["completion_tokens"] * prices[call["model"]][1]) / 1e6
        for call in calls
    )
    assert live["cost"] == pytest.approx(bill)
    for name, asked in (("live:moa:3", 4), ("live:self-fusion:2", 3)):
        router = report[name]
        assert (router["quality"], router["macro"], router["calls"]) == ("live", pytest.approx(2 / 3), asked)
        assert (router["live"]["answered"], router["live"]["graded"], router["live"]["best_single"]) == (4, 3, 1.0)
        assert router["against_best_single"]["macro"]["value"] == pytest.approx(-1 / 3)
        assert router["references_hold_right"] == 1.0
    assert "asked: 4 of 4 rows; 24 calls, $0.00" in first.err
    assert "live:moa:3" in first.out
    assert "1 of 4 rows are not graded" in first.out
    assert KEY not in first.out + first.err

    again = await evaluation.run(BOTH)

    assert again.code == 0, again.err
    assert len(await evaluation.endpoint.calls()) == 24
    assert (evaluation.report["live"]["calls"], evaluation.report["live"]["kept_calls"]) == (0, 24)
    for name in ("live:moa:3", "live:self-fusion:2"):
        assert evaluation.report[name] == report[name]


async def test_a_killed_run_goes_on(evaluation: Evaluation) -> None:
    """What was answered before the kill is not asked again: each expert answers each row once, over both runs."""
    await evaluation.endpoint.fault("silence", calls="aggregator")
    process = await start_jisi(*evaluation.arguments, "--routers=moa:3")

    async def all_fusions_begun() -> None:
        while len(await evaluation.endpoint.calls(kind="aggregator")) < len(TESTED):
            await asyncio.sleep(0.05)

    await asyncio.wait_for(all_fusions_begun(), 60)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    experts = [(model, question(one)) for model in MODELS for one in TESTED]
    assert await evaluation.experts_asked() == sorted(experts)

    await evaluation.endpoint.reset()
    ended = await evaluation.run("moa:3")

    assert ended.code == 0, ended.err
    assert await evaluation.experts_asked() == []
    assert len(await evaluation.endpoint.calls(kind="aggregator")) == 4
    assert evaluation.report["live"]["kept_calls"] == 12
    assert evaluation.report["live:moa:3"]["live"]["answered"] == 4


async def test_calls_are_bounded(evaluation: Evaluation) -> None:
    """No call passes the bound; whole rows are behind it, and the next run goes on from there."""
    ended = await evaluation.run("moa:3", "--max-calls=9")
    live = evaluation.report["live:moa:3"]["live"]

    assert ended.code == 0, ended.err
    assert len(await evaluation.endpoint.calls()) == 9
    assert (live["answered"], live["not_asked"], live["failures"]) == (2, 2, {})
    assert "--max-calls 9 is used up" in evaluation.report["live"]["stopped"]
    assert "--max-calls 9 is used up" in ended.out

    await evaluation.run("moa:3")

    assert len(await evaluation.endpoint.calls()) == 16
    assert evaluation.report["live:moa:3"]["live"]["answered"] == 4


async def test_money_is_bounded(evaluation: Evaluation) -> None:
    """A call that might pass the bound is not made, though it would have cost less."""
    ended = await evaluation.run("moa:3", "--max-cost=0.0015")

    assert ended.code == 0, ended.err
    spent = evaluation.report["live"]["cost"]
    assert 0 < spent <= 0.0015
    assert 0 < evaluation.report["live"]["calls"] < 16
    assert "--max-cost 0.0015 could be passed by a further call" in evaluation.report["live"]["stopped"]


async def test_failures_are_kept_apart(evaluation: Evaluation) -> None:
    """A model that refuses costs its rows, not points; who does without it is not touched; once mended, it goes on."""
    await evaluation.endpoint.fault("context_exceeded", model="bea")
    ended = await evaluation.run(BOTH)
    report = evaluation.report

    assert ended.code == 0, ended.err
    assert report["live"]["failed_calls"] == {"bea: context_overflow": 4}
    assert (report["live:moa:3"]["macro"], report["live:moa:3"]["live"]["answered"]) == (None, 0)
    assert report["live:moa:3"]["live"]["failures"] == {"bea: context_overflow": 4}
    assert report["live:self-fusion:2"]["macro"] == pytest.approx(2 / 3)
    assert "4 calls failed (bea: context_overflow 4)" in ended.out.replace("\n", " ")

    await evaluation.endpoint.reset()
    await evaluation.run(BOTH)

    assert await evaluation.experts_asked() == sorted(("bea", question(one)) for one in TESTED)
    assert evaluation.report["live:moa:3"]["macro"] == pytest.approx(2 / 3)


async def test_a_passing_failure_is_tried_again(evaluation: Evaluation) -> None:
    """It is told, and costs no row."""
    await evaluation.endpoint.fault("server_error", model="cid", times=1)
    ended = await evaluation.run("moa:3")

    assert ended.code == 0, ended.err
    assert evaluation.report["live"]["failed_calls"] == {"cid: endpoint_error": 1}
    assert evaluation.report["live"]["calls"] == 17
    assert evaluation.report["live:moa:3"]["live"]["answered"] == 4


async def test_jisi_is_asked_where_it_fuses(evaluation: Evaluation) -> None:
    """The method's own fusions are made, on some of the rows."""
    ended = await evaluation.run("jisi", "--live-rows=2")
    jisi = evaluation.report["live:jisi"]

    assert ended.code == 0, ended.err
    assert (jisi["aggregated"], jisi["calls"], jisi["live"]["rows"], jisi["live"]["fusions"]) == (1.0, 4.0, 2, 2)
    assert len(await evaluation.experts_asked()) == 6
    assert [call["model"] for call in await evaluation.endpoint.calls(kind="aggregator")] == ["ada", "ada"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("knn,jisi:switch_threshold=1.0",), "none of the routers fuses any of these rows"),
        (("moa:3", "--live=nowhere.toml"), "nowhere.toml"),
    ],
)
async def test_what_cannot_be_asked(evaluation: Evaluation, arguments: tuple[str, ...], told: str) -> None:
    """It is said before anybody is."""
    ended = await evaluation.run(*arguments)

    assert ended.code != 0
    assert told in ended.err
    assert await evaluation.endpoint.calls() == []


async def test_a_missing_key(evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for by the name of its variable."""
    monkeypatch.delenv(KEY_VARIABLE)
    ended = await evaluation.run("moa:3")

    assert ended.code != 0
    assert f"set {KEY_VARIABLE}" in ended.err
    assert await evaluation.endpoint.calls() == []
