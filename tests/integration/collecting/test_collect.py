"""`jisi bank collect` from beginning to end: what is asked, graded, written, said."""

import json

from jisi.simulate.endpoint.chat import ChatRequest

from tests.integration.collecting.conftest import MODELS, QUESTIONS, Collecting, is_right, pairs
from tests.support.scripted_models import KEY


async def test_every_model_answers_every_question_once(collecting: Collecting) -> None:
    """Each is asked once, graded, written with its tokens and cost; a second run asks nothing and writes the same."""
    first = await collecting.run(10)
    items = collecting.items()
    written = collecting.out.read_bytes()

    assert first.code == 0, first.err
    assert await collecting.completed() == dict.fromkeys(pairs(10), 1)
    assert list(items) == [question.prompt for question in QUESTIONS[:10]]
    calls = {(call["model"], call["query"]): call for call in await collecting.endpoint.calls()}
    for question in QUESTIONS[:10]:
        item = items[question.prompt]
        assert (item["dataset"], item["split"], item["id"]) == (question.dataset, "train", question.id)
        assert item["records"] == {model: float(is_right(model, question)) for model in MODELS}
        for place, model in enumerate(MODELS, start=1):
            call, usage = calls[model, question.prompt], item["usages"][model]
            assert usage["prompt_tokens"] == call["prompt_tokens"]
            assert usage["completion_tokens"] == call["completion_tokens"]
            assert usage["cost"] == round((call["prompt_tokens"] + 2 * call["completion_tokens"]) * place / 1e6, 12)
        assert item["raw_output"]["bea"] == "I have no idea."
    meta = json.loads((collecting.folder / "meta.json").read_text())
    assert (meta["family"], meta["pool"]) == ("bank", list(MODELS))
    assert meta["prices_usd_per_million_tokens"]["bea"] == {"input": 2.0, "output": 4.0}
    assert "10 items, 30 records" in first.out
    assert "30 of 30 answers, 0 failed" in first.err
    assert f"jisi bank import --merge {collecting.out}" in first.err
    assert KEY not in first.out + first.err + (collecting.folder / "bank.jsonl.gz.work/journal.jsonl").read_text()

    again = await collecting.run(10)

    assert again.code == 0, again.err
    assert len(await collecting.endpoint.calls()) == 30
    assert collecting.out.read_bytes() == written
    assert "0 calls, $0 in this run; 30 calls" in again.out


async def test_more_questions_and_models_add_to_what_is_there(collecting: Collecting) -> None:
    """What an earlier run has bought is used by every later one that wants it too, and nothing else is asked."""
    await collecting.run(4, "--models=ada,cid")
    await collecting.run(10, "--limit=6")

    assert await collecting.completed() == dict.fromkeys(pairs(6), 1)
    assert len(collecting.items()) == 6


async def test_programs_read_json(collecting: Collecting) -> None:
    """With --json there is an object a line for the beginning, for each answer and for the end, and nothing beside."""
    await collecting.endpoint.fault("context_exceeded", model="bea", times=1)
    ended = await collecting.run(3, "--json", "--concurrency=1", "--models=bea,ada")
    began, *steps, collected = ended.lines

    assert (ended.code, ended.err) == (4, "")
    assert began == {
        "event": "began",
        "models": {name: {"total": 3, "kept": 0, "changed": 0} for name in ("bea", "ada")},
        "spent_usd": 0.0,
    }
    assert sorted(step["event"] for step in steps) == ["failed"] + ["graded"] * 5
    failed = next(step for step in steps if step["event"] == "failed")
    assert (failed["model"], failed["question"], failed["step"]) == ("bea", QUESTIONS[0].id, "call")
    assert failed["cause"] == "context_overflow"
    assert {(step["question"], step["score"]) for step in steps if step["model"] == "ada"} == {
        (question.id, 1.0) for question in QUESTIONS[:3]
    }
    assert (collected["event"], collected["items"], collected["records"]) == ("collected", 3, 5)
    assert (collected["missing"], collected["failures"], collected["calls"]) == (1, 1, 6)
    assert collected["models"]["bea"]["failed"] == {"context_overflow": 1}


async def test_samples_are_averaged(collecting: Collecting) -> None:
    """With --samples each question is asked so often; the record is the mean, its response the first, all are kept."""
    said: dict[str, int] = {}

    def by_turns(request: ChatRequest) -> str:
        said[request.query] = said.get(request.query, 0) + 1
        return "I have no idea." if said[request.query] == 1 else "Nor have I, and I am sorry to say so."

    collecting.endpoint.models.say = by_turns
    ended = await collecting.run(2, "--samples=3", "--models=ada", "--concurrency=1")
    item = collecting.items()[QUESTIONS[0].prompt]
    journal = (collecting.folder / "bank.jsonl.gz.work/journal.jsonl").read_text().splitlines()
    texts = [line["text"] for line in map(json.loads, journal) if line["kind"] == "ended"]
    calls = [call for call in await collecting.endpoint.calls() if call["query"] == QUESTIONS[0].prompt]

    assert ended.code == 0, ended.err
    assert len(calls) == 3
    assert item["records"] == {"ada": 0.0}
    assert item["raw_output"] == {"ada": "I have no idea."}
    tokens = [call["completion_tokens"] for call in calls]
    assert len(set(tokens)) == 2
    assert item["usages"]["ada"]["completion_tokens"] == round(sum(tokens) / 3)
    assert sorted(texts) == ["I have no idea."] * 2 + ["Nor have I, and I am sorry to say so."] * 4


async def test_truncated_and_empty_answers_are_answers(collecting: Collecting) -> None:
    """A response that is cut off or empty was paid for and is what the model does: it is graded, and recorded."""
    await collecting.endpoint.fault("truncated", model="bea", after_tokens=2)
    await collecting.endpoint.fault("only_reasoning", model="cid")
    ended = await collecting.run(2)

    assert ended.code == 0, ended.err
    for item in collecting.items().values():
        assert item["records"] == {"ada": 1.0, "bea": 0.0, "cid": 0.0}
        assert item["raw_output"]["cid"] == ""
        assert item["usages"]["cid"]["completion_tokens"] > 0
