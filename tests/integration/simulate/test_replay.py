"""A bank file made here is replayed: responses, usage, empty ones and fusions."""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from jisi.simulate.bank import bank_rows, write_bank
from jisi.simulate.endpoint.application import EndpointServer
from jisi.simulate.endpoint.serving import listening
from jisi.simulate.models import MODELS
from jisi.simulate.replay import ReplayPool, load_recordings

from tests.integration.simulate.endpoint_client import EndpointClient, Json

ATLAS, MITE = "simulated-atlas-400b", "simulated-mite-1b"
EMPTY: Json = {"query": "Say nothing.", "records": {ATLAS: 0}, "usages": {}, "raw_output": {ATLAS: ""}}


@pytest.fixture
async def replayed(tmp_path: Path) -> AsyncIterator[EndpointClient]:
    """A client of the responses of a small generated bank and one more row."""
    write_bank(tmp_path / "bank.jsonl.gz", items=14, seed=3)
    (tmp_path / "more.jsonl.gz").write_bytes(gzip.compress(json.dumps(EMPTY).encode()))
    pool = ReplayPool(load_recordings([tmp_path / "bank.jsonl.gz", tmp_path / "more.jsonl.gz"]))
    async with listening(EndpointServer(pool).application()) as url, EndpointClient(url) as client:
        yield client


async def test_every_recorded_response_is_served(replayed: EndpointClient) -> None:
    """Each model answers each query with the recorded text and usage, streamed or not."""
    for row in bank_rows(items=14, seed=3):
        outputs, usages = row["raw_output"], row["usages"]
        assert isinstance(outputs, dict)
        assert isinstance(usages, dict)
        for model in MODELS:
            for stream in (False, True):
                reply = await replayed.ask(str(row["query"]), model.name, stream=stream)

                assert reply.text == outputs[model.name]
                assert reply.usage is not None
                assert reply.usage["completion_tokens"] == usages[model.name]["completion_tokens"]
                assert reply.usage["prompt_tokens"] == usages[model.name]["prompt_tokens"]


async def test_empty_is_served_as_empty(replayed: EndpointClient) -> None:
    """What was recorded as empty is an empty answer, not an error."""
    reply = await replayed.ask("Say nothing.", ATLAS)

    assert (reply.status, reply.text, reply.finish_reason) == (200, "", "stop")


async def test_what_was_not_recorded_is_an_error(replayed: EndpointClient) -> None:
    """An unknown query gets a sentence, an unknown model is not found."""
    unknown = await replayed.ask("What was never asked?", ATLAS)
    model = await replayed.ask("Say nothing.", "simulated-other")

    assert unknown.status == 422
    assert "only recorded queries" in unknown.body["error"]["message"]
    assert model.status == 404


@pytest.mark.parametrize("stream", [False, True])
async def test_a_fusion_replays_the_first_reference(replayed: EndpointClient, stream: bool) -> None:
    """The first reference's response comes back, marked in model, fingerprint and header."""
    query = str(next(iter(bank_rows(items=1, seed=3)))["query"])
    headers = {"X-Jisi-Kind": "aggregator", "X-Jisi-First-Reference": MITE}
    fused = await replayed.ask(query, ATLAS, stream=stream, headers=headers, system="Responses ...")
    recorded = await replayed.ask(query, MITE)
    body = fused.events[0] if stream else fused.body

    assert fused.text == recorded.text
    assert (body["model"], body["system_fingerprint"]) == (MITE, "replayed-fusion")
    assert fused.headers["X-Jisi-Replayed-Fusion"] == "first-reference"
    assert "X-Jisi-Replayed-Fusion" not in recorded.headers


async def test_faults_work_on_recorded_responses_too(replayed: EndpointClient) -> None:
    """A replayed model can be made to fail."""
    await replayed.order("server_error", model=ATLAS, times=1)

    assert (await replayed.ask("Say nothing.", ATLAS)).status == 500
    assert (await replayed.ask("Say nothing.", ATLAS)).status == 200


async def test_health_tells_replay(replayed: EndpointClient) -> None:
    """Nobody takes a replay for living models."""
    assert (await replayed.get("/health"))["mode"] == "replay"
    assert {model["owned_by"] for model in (await replayed.get("/v1/models"))["data"]} == {"jisi-replay"}
