"""However a run ends, the next one goes on: nothing is bought twice, and nothing is lost."""

import asyncio
import json
import signal

from tests.integration.collecting.conftest import MODELS, QUESTIONS, Collecting, pairs
from tests.support.waiting import eventually


def journal(collecting: Collecting, kind: str) -> list[dict[str, object]]:
    """Give the lines of a kind."""
    lines = (collecting.folder / "bank.jsonl.gz.work/journal.jsonl").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["kind"] == kind]


async def test_killed_in_the_middle_it_buys_nothing_twice(collecting: Collecting) -> None:
    """After kill -9 only what was in flight is asked again, counted as spent, and told; the folder is free at once."""
    await collecting.endpoint.fault("silence", model="cid", skip=3)
    await collecting.endpoint.fault("delay", model="bea", seconds=0.05)
    process = await collecting.start(12)

    async def in_the_middle() -> bool:
        done = await collecting.completed()
        running = await collecting.endpoint.calls(outcome="running", model="cid")
        return sum(model != "cid" for model, _ in done) == 24 and len(running) == 9

    await eventually(in_the_middle, within_seconds=60)
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    before = await collecting.completed()
    ended_before = len(journal(collecting, "ended"))
    await collecting.endpoint.reset()

    ended = await collecting.run(12)
    after = await collecting.completed()
    asked_again = set(before) & set(after)

    assert ended.code == 0, ended.err
    assert set(before) | set(after) == pairs(12)
    assert len(before) - len(asked_again) == ended_before
    assert set(after.values()) == {1}
    assert len(journal(collecting, "begun")) == 36 + 9 + len(asked_again)
    assert f"{9 + len(asked_again)} calls had begun and not ended when an earlier run was killed" in ended.out
    assert all(set(item["records"]) == set(MODELS) for item in collecting.items().values())
    assert len(collecting.items()) == 12


async def test_interrupted_it_says_how_to_go_on(collecting: Collecting) -> None:
    """Ctrl-C gives up running calls, keeps what has ended, and says so; the next run asks for the rest alone."""
    await collecting.endpoint.fault("silence", model="bea", skip=2)
    process = await collecting.start(4)

    async def only_bea_is_missing() -> bool:
        running = await collecting.endpoint.calls(outcome="running")
        return len(journal(collecting, "ended")) == 10 and len(running) == 2

    await eventually(only_bea_is_missing, within_seconds=60)
    process.send_signal(signal.SIGINT)
    _, said = await asyncio.wait_for(process.communicate(), 30)
    cancelled = [line for line in journal(collecting, "ended") if line["code"] == "cancelled"]
    before = await collecting.completed()
    given_up = await collecting.endpoint.calls(outcome="cancelled")
    await collecting.endpoint.reset()
    ended = await collecting.run(4)

    assert process.returncode == 130
    assert "the same command goes on from there" in said.decode()
    assert len(cancelled) == len(given_up) == 2
    assert ended.code == 0, ended.err
    assert set(await collecting.completed()) == pairs(4) - set(before)
    assert "when an earlier run was killed" not in ended.out


async def test_what_is_asked_otherwise_is_asked_anew(collecting: Collecting) -> None:
    """Another system prompt, sampling or model behind a name is noticed and told; another address or price is not."""
    await collecting.run(2)
    await collecting.endpoint.reset()
    collecting.specs = {
        "ada": {"prompt_price": 7.0, "base_url": f"{collecting.endpoint.url}/v1/"},
        "bea": {"system_prompt": "Be brief."},
        "cid": {"sampling": {"temperature": 0.5}},
    }
    ended = await collecting.run(2)

    assert ended.code == 0, ended.err
    assert await collecting.completed() == dict.fromkeys(pairs(2, "bea", "cid"), 1)
    assert "bea: 2 answers were asked for otherwise before, and are asked for anew." in ended.err
    assert "cid: 2 answers" in ended.err
    assert "ada:" not in ended.err
    assert len(journal(collecting, "ended")) == 10


async def test_a_second_process_is_refused(collecting: Collecting) -> None:
    """While one works on the folder another ends at once, says who does, and asks nothing."""
    await collecting.endpoint.fault("silence")
    process = await collecting.start(1)

    async def all_are_asked() -> bool:
        return len(await collecting.endpoint.calls()) == 3

    await eventually(all_are_asked, within_seconds=60)
    second = await collecting.run(1)

    assert second.code == 1
    assert f"Another `jisi bank collect` (process {process.pid}) works on" in second.err
    assert len(await collecting.endpoint.calls()) == 3
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 143


async def test_a_dry_run_asks_nothing(collecting: Collecting) -> None:
    """It counts what is missing, by what the journal tells of each model where it tells something; no key is needed."""
    await collecting.run(2, "--models=ada")
    await collecting.endpoint.reset()
    collecting.jisi.monkeypatch.delenv("JISI_TEST_MODELS_KEY")
    collecting.specs = {"bea": {"limits": {"max_tokens": 100, "requests_per_minute": 2}}}
    ended = await collecting.run(6, "--json", "--dry-run", "--models=ada,bea")
    forecast = ended.json
    ada, bea = forecast["models"]

    assert ended.code == 0, ended.err
    assert await collecting.endpoint.calls() == []
    assert sum(forecast["questions"].values()) == 6
    assert (ada["kept"], ada["calls"], ada["basis"]) == (2, 4, "journal")
    assert (bea["kept"], bea["calls"], bea["basis"], bea["completion_tokens"]) == (0, 6, "assumed", 100)
    assert bea["worst_usd"] > bea["likely_usd"] > 6 * 100 * 4 / 1e6
    assert forecast["worst_usd"] == ada["worst_usd"] + bea["worst_usd"]
    assert bea["seconds"] == 180
    assert (forecast["calls"], forecast["spent_calls"]) == (10, 2)
    assert bea["prompt_tokens"] > sum(len(question.prompt.split()) for question in QUESTIONS[:6])
