"""`jisi ask`, one question."""

import asyncio
from collections.abc import Sequence

from jisi.contracts.answer import AnswerV1, BillV1, CallV1, ModelsV1, TimingsV1
from jisi.contracts.query import CancelV1, QueryV1

from tests.support.command_line import CommandLine
from tests.support.kafka import KafkaTestClient
from tests.support.scripted import Message, routed, scripted_service, step


def _script(message: QueryV1 | CancelV1) -> Sequence[Message]:
    """Route what is about numbers, aggregate what is about words, fail what is about neither."""
    assert isinstance(message, QueryV1)
    way: list[Message] = [
        step(message, "accepted", probes=["able", "baker"], deadline_ms=600_000),
        step(message, "response", model="able", usable=True, seconds=0.4, cost_usd=0.001),
        step(message, "response", model="baker", usable=False, code="timeout", seconds=1.0),
        step(message, "candidates", models=["able", "charlie"]),
        step(message, "decided", route="route", models=["able"], reason="able is far ahead"),
    ]
    if "number" in message.text:
        return [*way, routed(message), step(message, "answered", status="completed", cost_usd=0.002)]
    if "word" in message.text:
        return [*way, _aggregated(message)]
    return [_failed(message)]


def _aggregated(query: QueryV1) -> AnswerV1:
    calls = (
        CallV1(model="able", kind="expert", wave=1, attempt=1, status="ok", used=True, cost_usd=0.001),
        CallV1(model="charlie", kind="aggregator", wave=0, attempt=1, status="running"),
    )
    return AnswerV1(
        query_id=query.query_id or "",
        status="degraded",
        text="fused",
        degraded=("fewer_experts",),
        route="aggregate",
        models=ModelsV1(answer="charlie", aggregator="charlie", experts=("able",), references=("able", "baker")),
        bill=BillV1(calls=calls, cost_usd=0.001, final=False),
        timings=TimingsV1(answered_ms=1500),
    )


def _failed(query: QueryV1) -> AnswerV1:
    return AnswerV1(
        query_id=query.query_id or "",
        status="failed",
        reason="no model answered",
        code="no_answer",
        timings=TimingsV1(answered_ms=10),
    )


async def test_routed(jisi: CommandLine, kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """The answer alone goes to standard output; stages, origin, cost, time and the hint stand beside it."""
    async with scripted_service(kafka_client, topic_prefix, _script) as service:
        ended = await asyncio.to_thread(jisi, "ask", "which number?", "--id", "mine")

    assert (ended.code, ended.out) == (0, "42\n")
    for said in (
        "asks able, baker",
        "able answered, 0.40 s, $0.001",
        "baker gave nothing usable (timeout)",
        "take the response of able: able is far ahead",
        "routed to able, of able, baker asked",
        "$0.002",
        "120 ms; why: jisi why mine",
    ):
        assert said in ended.err
    assert [query.query_id for query in service.queries] == ["mine"]


async def test_aggregated_and_degraded(jisi: CommandLine, kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """An aggregated answer says by whom and from whom; a degraded one why; an open bill that it is open."""
    async with scripted_service(kafka_client, topic_prefix, _script):
        ended = await asyncio.to_thread(jisi, "ask", "which word?")

    assert (ended.code, ended.out) == (0, "fused\n")
    assert "aggregated by charlie from able, baker" in ended.err
    assert "degraded: an expert gave nothing usable in time (fewer_experts)" in ended.err
    assert "$0.001 so far" in ended.err
    assert "1.50 s" in ended.err


async def test_failed(jisi: CommandLine, kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """A failed answer ends the command with code 1 and its reason."""
    async with scripted_service(kafka_client, topic_prefix, _script):
        ended = await asyncio.to_thread(jisi, "ask", "what?")

    assert (ended.code, ended.out) == (1, "")
    assert "failed (no_answer): no model answered" in ended.err


async def test_options_and_json(jisi: CommandLine, kafka_client: KafkaTestClient, topic_prefix: str) -> None:
    """Every option reaches the query, and --json prints the answer as published and nothing else."""
    options = ["--mode", "route", "--max-cost", "0.5", "--max-calls", "4", "--deadline", "7.5", "--tenant", "acme"]
    async with scripted_service(kafka_client, topic_prefix, _script) as service:
        ended = await asyncio.to_thread(
            jisi, "ask", "a number", *options, "--model", "able", "--model", "baker", "--id", "1", "--json"
        )

    expected = QueryV1(
        query_id="1",
        query="a number",
        mode="route",
        max_cost_usd=0.5,
        max_calls=4,
        deadline_ms=7500,
        models=("able", "baker"),
        metadata={"tenant": "acme"},
    )
    assert service.queries == [expected]
    assert (ended.code, ended.err) == (0, "")
    assert AnswerV1.model_validate(ended.json) == routed(expected)


def test_malformed(jisi: CommandLine) -> None:
    """What cannot be asked is told before anything is published."""
    ended = jisi("ask", " ")

    assert ended.code == 1
    assert ended.err == "query: nothing is asked: the text of the user is empty\n"


def test_no_topics(jisi: CommandLine) -> None:
    """A broker without JiSi ends in one sentence, or one JSON object."""
    plain, as_json = jisi("ask", "anybody?"), jisi("ask", "anybody?", "--json")

    assert (plain.code, as_json.code) == (1, 1)
    assert "holds no topic" in plain.err
    assert "Traceback" not in plain.err
    assert as_json.json["error"] == "topic_missing"
