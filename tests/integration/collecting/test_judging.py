"""Tasks that a judge grades: its calls are bought, bounded and kept as all others."""

import json

import pytest
from jisi.simulate.endpoint.chat import ChatRequest

from tests.integration.collecting.conftest import Collecting
from tests.support.scripted_models import Say

FACTS = {"Who wrote Emma?": "Jane Austen", "Who wrote Faust?": "Goethe"}


def say_facts(request: ChatRequest) -> str:
    """Answer: ada knows, bea does not; cid judges."""
    if "ANSWER TO GRADE" in request.query:
        graded = request.query.rpartition("<<<ANSWER TO GRADE")[2]
        return "A" if any(answer in graded for answer in FACTS.values()) else "B"
    return FACTS[request.query] if request.model == "ada" else "Somebody else."


@pytest.fixture
def script() -> Say:
    """Two models and a judge."""
    return say_facts


@pytest.fixture
def facts(collecting: Collecting) -> list[str]:
    """Give what the command is called with."""
    file = collecting.folder / "facts.jsonl"
    file.write_text("".join(json.dumps({"problem": q, "answer": a}) + "\n" for q, a in FACTS.items()))
    pool, out = collecting.arguments(0)[3:5]
    return ["bank", "collect", f"simpleqa={file}", pool, out, "--models=ada,bea"]


async def test_a_judge_grades_each_response_once(collecting: Collecting, facts: list[str]) -> None:
    """Each verdict is bought once, and found again when a kill took the grade that was made of it."""
    ended = await collecting.jisi.apart(*facts, "--judge=cid")
    calls = len(await collecting.endpoint.calls(model="cid"))
    written = collecting.out.read_bytes()
    collecting.forget_grades()
    again = await collecting.jisi.apart(*facts, "--judge=cid", "--json")

    assert ended.code == 0, ended.err
    assert calls == 4
    assert {item["query"]: item["records"] for item in collecting.items().values()} == {
        question: {"ada": 1.0, "bea": 0.0} for question in FACTS
    }
    assert again.code == 0, again.err
    assert len(await collecting.endpoint.calls()) == 8
    assert (again.lines[-1]["calls"], again.lines[-1]["all_calls"]) == (0, 8)
    assert collecting.out.read_bytes() == written


async def test_without_a_judge_nothing_is_asked(collecting: Collecting, facts: list[str]) -> None:
    """The task that needs one is named; a dry run with one tells of its calls."""
    ended = await collecting.jisi.apart(*facts)
    forecast = await collecting.jisi.apart(*facts, "--judge=cid", "--dry-run", "--json")

    assert ended.code == 1
    assert "Task simpleqa is graded by a judge: name a model of the pool for that by --judge MODEL." in ended.err
    assert await collecting.endpoint.calls() == []
    judge = forecast.json["judge"]
    assert (judge["model"], judge["calls"], forecast.json["calls"]) == ("cid", 4, 8)
    assert judge["worst_usd"] >= judge["likely_usd"] > 4 * 100 * 6 / 1e6  # a hundred tokens at the price of cid


async def test_what_is_not_graded_is_no_wrong_answer(collecting: Collecting, facts: list[str]) -> None:
    """A judge that fails costs no answer: they are kept, told, and graded by the next run; bounds hold for it too."""
    await collecting.endpoint.fault("server_error", model="cid")
    failed = await collecting.jisi.apart(*facts, "--judge=cid")
    asked = len(await collecting.endpoint.calls(model="cid"))
    await collecting.endpoint.reset()
    bounded = await collecting.jisi.apart(*facts, "--judge=cid", f"--max-calls={4 + asked + 1}", "--json")
    after_bound = len(await collecting.endpoint.calls())
    mended = await collecting.jisi.apart(*facts, "--judge=cid")

    assert failed.code == 4
    assert "ada: 2 not graded, endpoint_error" in failed.out
    assert "0 items, 0 records" in failed.out
    assert (bounded.code, after_bound) == (3, 1)
    assert bounded.lines[-1]["records"] == 1
    assert mended.code == 0, mended.err
    assert len(await collecting.endpoint.calls(model="cid")) == 4
    assert await collecting.endpoint.calls(model="ada") == []
