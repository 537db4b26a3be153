"""Spans have the right parents, links and attributes, and keep texts to themselves."""

import time
from typing import ClassVar

from jisi.errors import PermanentError
from jisi.telemetry import ChatRequest, ChatResult, TelemetrySettings, carrier_of, create_tracing
from jisi.telemetry.carriers import parse_carrier
from jisi.telemetry.tracing import Tracing

from tests.unit.telemetry.recording import Record, attributes_of, recorded_tracing

GROUP = "jisi-router"
QUERIES = "jisi.queries.v1"
REQUEST = ChatRequest(
    model="deepseek-chat",
    pool_model="deepseek",
    kind="expert",
    server_address="llm.example",
    server_port=443,
    temperature=0.2,
    max_tokens=100,
    messages=[{"role": "user", "content": "a secret question"}],
)
RESULT = ChatResult(
    model="deepseek-chat-0324",
    response_id="chatcmpl-1",
    finish_reason="stop",
    input_tokens=3,
    output_tokens=5,
    reasoning_tokens=2,
    seconds_to_first_chunk=0.25,
    cost_usd=0.001,
    text="a secret answer",
)


class RefusedError(PermanentError):
    """An error with a code of its own."""

    code: ClassVar[str] = "refused"


def test_first_span_is_the_root_of_a_sampled_trace() -> None:
    """A record without a traceparent begins a trace, which is exported."""
    root = Tracing().consume(QUERIES, Record(), group=GROUP, query_id="q", traceparent=None)

    assert root.parent_id is None
    context = parse_carrier(carrier_of(root))
    assert context is not None
    assert context == (root.trace_id, root.span_id, True)


def test_two_roots_are_two_traces() -> None:
    """Ids are drawn anew for every span."""
    spans = [Tracing().stage("jisi.plan", None) for _ in range(100)]

    assert len({span.trace_id for span in spans}) == 100
    assert len({span.span_id for span in spans}) == 100


def test_trace_of_the_caller_is_carried_on() -> None:
    """The caller's traceparent makes his span the parent, and his wish not to sample is passed on."""
    trace, span = "ab" * 16, "cd" * 8
    root = Tracing().consume(QUERIES, Record(), group=GROUP, query_id="q", traceparent=f"00-{trace}-{span}-00")
    child = Tracing().produce(QUERIES, "q", root)

    assert (root.trace_id, root.parent_id, root.sampled) == (trace, span, False)
    assert (child.trace_id, child.parent_id, child.sampled) == (trace, root.span_id, False)
    assert carrier_of(child).endswith("-00")


def test_trace_runs_through_messages() -> None:
    """Handler, message and next handler are parent and child by their carriers alone."""
    tracing = Tracing()
    first = tracing.consume(QUERIES, Record(), group=GROUP, query_id="q", traceparent=None)
    sent = tracing.produce("jisi.generation.v1", "q", first)
    second = tracing.consume(
        "jisi.generation.v1", Record(), group="jisi-generator", query_id="q", traceparent=carrier_of(sent)
    )

    assert [sent.parent_id, second.parent_id] == [first.span_id, sent.span_id]
    assert {first.trace_id, sent.trace_id, second.trace_id} == {first.trace_id}


def test_consuming_follows_the_messaging_conventions() -> None:
    """A consumer's span has the current names, and says how long the record waited."""
    record = Record(timestamp=int(time.time() * 1000) - 5000)
    span = Tracing().consume(QUERIES, record, group=GROUP, query_id="q", traceparent=None)

    actual = attributes_of(span)
    assert (span.name, span.kind) == ("process jisi.queries.v1", "CONSUMER")
    assert actual.pop("jisi.message.wait_ms") in range(5000, 6000)
    assert actual == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": QUERIES,
        "messaging.destination.partition.id": "3",
        "messaging.consumer.group.name": GROUP,
        "messaging.kafka.offset": 41,
        "jisi.query.id": "q",
    }


def test_sending_follows_the_messaging_conventions() -> None:
    """A producer's span has the current names."""
    span = Tracing().produce(QUERIES, "q", None)

    assert (span.name, span.kind) == ("send jisi.queries.v1", "PRODUCER")
    assert attributes_of(span) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": QUERIES,
        "messaging.kafka.message.key": "q",
    }


def test_shared_attributes_are_not_mixed_up() -> None:
    """Attributes kept for many spans belong to their topic, partition and group."""
    tracing = Tracing()
    spans = [
        tracing.consume(topic, Record(partition=partition), group=group, query_id=None, traceparent=None)
        for _ in range(2)
        for topic in ("a", "b")
        for partition in (0, 1)
        for group in ("g", "h")
    ]

    actual = [
        tuple(
            attributes_of(span)[f"messaging.{name}"]
            for name in ("destination.name", "destination.partition.id", "consumer.group.name")
        )
        for span in spans
    ]
    assert actual == 2 * [(topic, partition, group) for topic in "ab" for partition in "01" for group in "gh"]


def test_call_follows_the_genai_conventions() -> None:
    """A call's span says all but the texts."""
    tracing = Tracing()
    span = tracing.chat(REQUEST, None, attempt=2, links=["00-x"])
    tracing.end_chat(span, RESULT)

    assert (span.name, span.kind, span.links, span.status) == ("chat deepseek-chat", "CLIENT", ["00-x"], "unset")
    assert attributes_of(span) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "deepseek-chat",
        "gen_ai.request.temperature": 0.2,
        "gen_ai.request.max_tokens": 100,
        "gen_ai.request.stream": True,
        "gen_ai.response.model": "deepseek-chat-0324",
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.time_to_first_chunk": 0.25,
        "gen_ai.usage.input_tokens": 3,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.reasoning.output_tokens": 2,
        "server.address": "llm.example",
        "server.port": 443,
        "jisi.call.model": "deepseek",
        "jisi.call.kind": "expert",
        "jisi.call.attempt": 2,
        "jisi.call.cost_usd": 0.001,
    }


def test_an_attempt_links_the_one_before_wherever_that_was_made() -> None:
    """Each process knows the span of the attempt before its own; calls under one parent are not mixed up."""
    parent = carrier_of(Tracing().stage("jisi.plan", None))
    first, again, third = (Tracing().chat(REQUEST, parent, attempt=number, call="7") for number in (1, 2, 3))
    other = Tracing().chat(REQUEST, parent, attempt=1, call="8")

    assert first.links == ()
    assert list(again.links) == [carrier_of(first)]
    assert list(third.links) == [carrier_of(again)]
    assert len({span.span_id for span in (first, again, third, other)}) == 4
    assert {span.parent_id for span in (first, again, third, other)} == {parent.split("-")[2]}


def test_attempts_without_a_trace_do_not_meet() -> None:
    """Where a call has no parent each attempt begins a trace of its own, and links nothing."""
    spans = [Tracing().chat(REQUEST, None, attempt=2, call="7") for _ in range(2)]

    assert [span.links for span in spans] == [(), ()]
    assert spans[0].span_id != spans[1].span_id


def test_texts_are_recorded_only_when_asked_for() -> None:
    """Prompt, response and error message appear with contents on, in the form of the conventions."""
    spans = {}
    for content in (False, True):
        tracing = Tracing(content=content)
        span = spans[content] = tracing.chat(REQUEST, None)
        tracing.end_chat(span, RESULT, RefusedError("cannot answer: a secret question"))

    assert "secret" not in str(attributes_of(spans[False]))
    actual = attributes_of(spans[True])
    assert actual["error.message"] == "cannot answer: a secret question"
    assert actual["gen_ai.input.messages"] == (
        '[{"role": "user", "parts": [{"type": "text", "content": "a secret question"}]}]'
    )
    assert actual["gen_ai.output.messages"] == (
        '[{"role": "assistant", "parts": [{"type": "text", "content": "a secret answer"}], "finish_reason": "stop"}]'
    )


def test_content_is_off_by_default() -> None:
    """Nobody's prompts are traced unless the process was told to."""
    tracing = create_tracing("router", "router-1", TelemetrySettings(), None)

    span = tracing.chat(REQUEST, None)

    assert "gen_ai.input.messages" not in span.attributes


def test_embedding_in_this_process_and_at_an_endpoint() -> None:
    """An embedding's span is a client's only where there is a server."""
    here = Tracing().embed("all-MiniLM-L6-v2", None, texts=3, dimensions=384)
    there = Tracing().embed("large", None, texts=1, dimensions=1024, provider="openai", remote=True)

    assert (here.name, here.kind, there.kind) == ("embeddings all-MiniLM-L6-v2", "INTERNAL", "CLIENT")
    assert attributes_of(here) == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "jisi",
        "gen_ai.request.model": "all-MiniLM-L6-v2",
        "gen_ai.embeddings.dimension.count": 384,
        "jisi.embed.texts": 3,
    }


def test_failed_span_names_the_error() -> None:
    """An error of ours is named by its code, another by its class, a code as it is."""
    errors: list[tuple[BaseException | str, str]] = [
        (RefusedError("no"), "refused"),
        (ValueError("no"), "ValueError"),
        ("deadline", "deadline"),
    ]
    for error, expected in errors:
        span = Tracing().stage("jisi.plan", None)
        Tracing().end(span, error)

        assert (span.status, span.attributes) == ("error", {"error.type": expected})


def test_only_ended_spans_are_delivered_and_only_once() -> None:
    """A span is handed on when it is ended; a second end changes nothing."""
    with recorded_tracing() as (tracing, recorder):
        ended, running = (tracing.stage(name, None) for name in ("jisi.ended", "jisi.running"))
        tracing.end(ended)
        at = ended.ended_at
        tracing.end(ended, "late")

        assert tracing.flush()
        assert recorder.spans == [ended]
        assert (ended.ended_at, ended.status) == (at, "unset")
        assert running.ended_at == 0
    assert recorder.closed


def test_times_may_be_given() -> None:
    """A stage measured before its span was made keeps its times to the nanosecond."""
    span = Tracing().stage("jisi.plan", None, started_at=1_700_000_000_123_456_789)
    Tracing().end(span, ended_at=1_700_000_000_123_456_790)

    assert (span.started_at, span.ended_at) == (1_700_000_000_123_456_789, 1_700_000_000_123_456_790)
