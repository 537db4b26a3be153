"""The command line on a running system: what it says of queries is what happened to them."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, command_line
from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import CELLS, MOONS, TRAINS, fused_by, said_by
from tests.support.system import System


@pytest.fixture
def cli(
    jisi: System, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[CommandLine]:
    """`cli(...)` runs a command against the shared system."""
    addresses = {
        "kafka": jisi.kafka.address,
        "topic_prefix": jisi.topics.prefix,
        "database_url": jisi.database_url,
    }
    with command_line(capsys, monkeypatch, tmp_path / "data", **addresses) as run:
        yield run


async def test_ask_and_why_of_a_routed_query(cli: CommandLine) -> None:
    """What `ask` shows as it happens is what `why` explains afterwards."""
    asked = await asyncio.to_thread(cli, "ask", TRAINS, "--id", "cli-routed")
    explained = await asyncio.to_thread(cli, "why", "cli-routed", "--json")
    shown = await asyncio.to_thread(cli, "why", "cli-routed", "--texts")

    assert (asked.code, asked.out) == (0, f"{said_by('ada')}\n")
    assert "routed to ada" in asked.err
    for stage in ("accepted", "response", "candidates", "decided", "answered"):
        assert f"  {stage}" in asked.err
    why = explained.json
    assert (why["state"], why["decision"]["kind"], why["decision"]["answer"]) == ("answered", "route", "ada")
    assert why["text"] == TRAINS
    best = why["scores"][0]
    assert (best["model"], best["roles"]) == ("ada", ["probe", "candidate", "answer"])
    assert best["prior"] == pytest.approx(1.0)
    assert why["lead"]["first"] == "ada"
    assert why["lead"]["score"] - why["lead"]["behind"] > 0.2
    neighbours = why["evidence"]["neighbours"]
    assert {neighbour["dataset"].split("/")[0] for neighbour in neighbours} == {"trains"}
    assert all(neighbour["probe_scores"]["ada"] == 1.0 for neighbour in neighbours)
    assert why["settled_bill"]["cost_usd"] == pytest.approx(sum(call["cost_usd"] for call in why["calls"]))
    assert "ada is ahead of" in shown.out
    assert said_by("ada") in shown.out


async def test_why_of_a_second_wave(cli: CommandLine) -> None:
    """A second wave shows in the calls, in the roles and in the trace."""
    await asyncio.to_thread(cli, "ask", MOONS, "--id", "cli-second")
    explained = await asyncio.to_thread(cli, "why", "cli-second", "--json")
    shown = await asyncio.to_thread(cli, "why", "cli-second")

    why = explained.json
    roles = {score["model"]: set(score["roles"]) for score in why["scores"]}
    assert {call["model"] for call in why["calls"] if call["wave"] == 2} == {"dot", "eva"}
    assert roles["dot"] >= {"candidate", "reference"}
    assert "probe" not in roles["dot"]
    assert any(score["refined"] is not None for score in why["scores"])
    assert "aggregated by" in shown.out
    assert why["trace_id"] in shown.out


async def test_ask_for_aggregation(cli: CommandLine) -> None:
    """A fused answer names the aggregator and the references."""
    asked = await asyncio.to_thread(cli, "ask", CELLS)

    assert asked.out == f"{fused_by('ada')}\n"
    assert "aggregated by ada from ada, bea, cid" in asked.err


async def test_why_of_nothing(cli: CommandLine) -> None:
    """An unknown id, or one of another tenant, is told in a sentence."""
    await asyncio.to_thread(cli, "ask", TRAINS, "--id", "cli-tenant", "--tenant", "acme")
    unknown = await asyncio.to_thread(cli, "why", "cli-tenant")
    known = await asyncio.to_thread(cli, "why", "cli-tenant", "--tenant", "acme")

    assert (unknown.code, known.code) == (1, 0)
    assert "there is no query 'cli-tenant'" in unknown.err


async def test_why_of_a_failed_query(cli: CommandLine, jisi: System) -> None:
    """A query that was never planned has no neighbours and no scores, and that is no failure of `why`."""
    await jisi.publish_json({"query": 5, "query_id": "cli-malformed"})
    await jisi.answer("cli-malformed")
    shown = await asyncio.to_thread(cli, "why", "cli-malformed")
    as_json = await asyncio.to_thread(cli, "why", "cli-malformed", "--json")

    assert shown.code == 0
    assert "failed (malformed_query)" in shown.out
    assert (as_json.json["evidence"], as_json.json["scores"]) == (None, [])


async def test_ask_file(cli: CommandLine, tmp_path: Path) -> None:
    """A file is asked to its end, each answer with its line."""
    questions = tmp_path / "questions.txt"
    questions.write_text(f"{TRAINS}\n{CELLS}\n")
    ended = await asyncio.to_thread(cli, "ask", "--file", str(questions), "--json")
    answers = Path(ended.json["out"]).read_text().splitlines()  # noqa: ASYNC240 - a test

    assert (ended.json["answered"], ended.json["routed"], ended.json["aggregated"]) == (2, 1, 1)
    lines = {line["line"]: line["text"] for line in map(json.loads, answers)}
    assert lines == {1: said_by("ada"), 2: fused_by("ada")}


async def test_cancel(cli: CommandLine, jisi: System, models: ModelEndpoint) -> None:
    """A cancelled query is answered at once, and its asker told."""
    gate = models.hold("ada")
    asking = asyncio.create_task(jisi.ask({"query": TRAINS, "query_id": "cli-cancel"}))
    await gate.arrived.wait()
    ended = await asyncio.to_thread(cli, "cancel", "cli-cancel")
    answer = await asking

    assert "cli-cancel: failed (cancelled)" in ended.err
    assert answer.code == "cancelled"


async def test_doctor(cli: CommandLine) -> None:
    """On a system at work nothing is broken."""
    ended = await asyncio.to_thread(cli, "doctor", "--json")

    levels = {finding["area"]: finding["level"] for finding in ended.json["findings"]}
    assert levels["kafka"] == levels["topics"] == levels["postgres"] == levels["schema"] == "ok"
    assert levels["router"] == levels["generator"] == levels["switch"] == levels["aggregator"] == "ok"
    assert levels["pool"] == levels["endpoint"] == levels["queries"] == "ok"
