"""The measurement with a live pool, from its first call to its report: real services, models over real HTTP."""

import signal
from collections import Counter

import pytest

from tests.integration.benchmarks.conftest import FRESH, KINDS, MODELS, Measuring
from tests.support.scripted_models import KEY
from tests.support.waiting import eventually

THREE_WRONG = 10 / 13
"""ada is wrong on the fourth, eighth and twelfth question; bea and fusions on three others."""


async def test_an_interrupted_measurement_goes_on(measuring: Measuring) -> None:
    """Ctrl-C loses nothing, the next run, at another address, asks nothing twice; its figures are the script's."""
    endpoint = measuring.endpoint
    process = await measuring.start()

    async def sampled() -> bool:
        assert process.returncode is None, await process.communicate()
        return len(await endpoint.calls(kind="aggregator", outcome="completed")) >= KINDS

    async def fusing() -> bool:
        return len(await endpoint.calls(kind="aggregator", outcome="running")) > 0

    await eventually(sampled, within_seconds=120)
    await endpoint.fault("silence", calls="aggregator")
    await eventually(fusing, within_seconds=60)
    await eventually(measuring.answered, within_seconds=60)
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()
    assert process.returncode == 130, err
    assert b"the same command goes on" in err
    kept = measuring.answered()
    assert 0 < kept < 2 * KINDS
    before = Counter((call["model"], call["query"], call["kind"]) for call in await endpoint.calls(outcome="completed"))
    await endpoint.reset()
    measuring.move("localhost")

    ended = await measuring.run()

    assert ended.code == 0, ended.err
    calls = await endpoint.calls()
    assert {call["outcome"] for call in calls} == {"completed"}
    assert len({call["query_id"] for call in calls}) <= 2 * KINDS - kept
    report = measuring.report
    for name in ("best-single", "single:bea", "self-consistency-live:3", "self-fusion-live:3"):
        assert report[name]["macro"] == pytest.approx(THREE_WRONG), name
    assert (report["oracle"]["macro"], report["single:cid"]["macro"]) == (1.0, 0.0)
    assert (report["self-fusion-live:3"]["calls"], report["self-consistency-live:3"]["calls"]) == (4, 3)
    assert report["self-fusion-live:3"]["references_hold_right"] == pytest.approx(THREE_WRONG)
    alone = {(model, question.prompt, "expert"): 1 for model in MODELS for question in FRESH}
    itself = {
        ("ada", question.prompt, kind): times
        for question in FRESH
        for kind, times in (("expert", 3), ("aggregator", 1))
    }
    assert Counter(alone) + Counter(itself) <= before


async def test_services_against_the_maths(measuring: Measuring) -> None:
    """What the services route to is what the maths route to; what fusing changes is told, and every call is billed."""
    ended = await measuring.run()

    assert ended.code == 0, ended.err
    report = measuring.report
    auto, route, alone = (report[name] for name in ("jisi-live", "jisi-live:mode=route", "jisi:mode=route"))
    assert route["by_dataset"] == alone["by_dataset"]
    assert (route["calls"], route["aggregated"]) == (pytest.approx(alone["calls"]), 0.0)
    assert route["completion_tokens"] == pytest.approx(alone["completion_tokens"])
    assert auto["aggregated"] > 0
    assert auto["calls"] == pytest.approx(route["calls"] + auto["aggregated"])
    fused = report["on_fused"]
    assert fused["questions"] == report["services"]["jisi-live"]["fused"] == auto["aggregated"] * KINDS
    assert 0 < fused["fused"] < fused["routed"]
    gain = (fused["fused"] - fused["routed"]) * fused["questions"] / KINDS
    assert auto["macro"] - route["macro"] == pytest.approx(gain)
    assert auto["against"][0]["macro"]["value"] == pytest.approx(gain)
    assert len(await measuring.endpoint.calls()) == KINDS * (
        len(MODELS) + report["self-fusion-live:3"]["calls"] + auto["calls"] + route["calls"]
    )
    prices = {spec.name: (spec.prompt_price, spec.completion_price) for spec in measuring.endpoint.pool().models}
    bill = sum(
        (call["prompt_tokens"] * prices[call["model"]][0] + call["completion_tokens"] * prices[call["model"]][1]) / 1e6
        for call in await measuring.endpoint.calls()
    )
    billed = [report[f"single:{model}"]["cost"] for model in MODELS] + [
        report[name]["cost"] for name in ("self-fusion-live:3", "jisi-live", "jisi-live:mode=route")
    ]
    assert sum(billed) * KINDS == pytest.approx(bill)
    assert (report["questions"], report["seed"], report["bank"]["items"], report["best_single"]) == (
        KINDS,
        9,
        26,
        "ada",
    )
    assert report["models"] == {name: name for name in MODELS}
    assert report["seconds_p50"]["jisi-live"] > 0
    assert "13 fresh questions of 13 kinds (local:13:9), none of them in the bank" in ended.out
    assert "Fewer than 5 questions of a kind" in ended.out
    assert "Settings of the services: JISI_ROUTING_SUPPORT_SIZE=8 JISI_ROUTING_SWITCH_THRESHOLD=0.5." in ended.out
    assert "jisi-live:mode=route" in (measuring.folder / "report.md").read_text()
    assert KEY not in ended.out + ended.err


async def test_questions_of_the_bank_are_refused(measuring: Measuring) -> None:
    """What the bank knows measures nothing, so nobody is asked it."""
    ended = await measuring.run(seed=0)

    assert ended.code == 1
    assert "13 of the questions local:13:0 are in" in ended.err
    assert "Take another --seed" in ended.err
    assert await measuring.endpoint.calls() == []
