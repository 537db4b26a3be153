"""Whoever runs an OTLP receiver sees the traces as OpenTelemetry defines them."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from jisi.telemetry import ChatRequest, ChatResult, TelemetrySettings, carrier_of, create_tracing
from jisi.telemetry.tracing import Tracing
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.integration.telemetry.receiver import OtlpReceiver, attributes, otlp_receiver
from tests.support.waiting import eventually
from tests.unit.telemetry.recording import Record

CALLER = f"00-{'ab' * 16}-{'cd' * 8}-01"
REQUEST = ChatRequest(
    model="m", pool_model="pool-m", kind="expert", messages=[{"role": "user", "content": "a secret question"}]
)


@pytest.fixture
async def receiver(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OtlpReceiver]:
    """Give a receiver that no proxy of the machine stands before."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with otlp_receiver() as receiver:
        yield receiver


def tracing_to(receiver: OtlpReceiver, *, content: bool = False) -> Tracing:
    """Start a tracing to the receiver alone, configured as by the standard variable."""
    settings = TelemetrySettings(
        OTEL_EXPORTER_OTLP_ENDPOINT=receiver.endpoint,  # type: ignore[call-arg] # the alias of the field
        trace_content=content,
        span_delay_seconds=0.01,
    )
    return create_tracing("router", "router-1", settings, None)


async def test_receiver_sees_the_trace(receiver: OtlpReceiver) -> None:
    """Ids, parents, links, kinds, times, attributes, status and resource arrive, decoded by the protocol itself."""
    tracing = tracing_to(receiver)
    root = tracing.consume("in", Record(), group="jisi-router", query_id="q", traceparent=CALLER)
    sent = tracing.produce("out", "q", root)
    call = tracing.chat(REQUEST, carrier_of(sent), attempt=2, links=[carrier_of(root)])
    tracing.end_chat(call, ChatResult(finish_reason="stop", input_tokens=3, text="a secret answer"), "timeout")
    refine = tracing.stage("jisi.refine", root, links=[carrier_of(call), "broken"], attributes={"jisi.kept": 0.5})
    for span in (sent, refine, root):
        tracing.end(span)
    await tracing.aclose()

    spans = receiver.spans
    assert set(spans) == {"process in", "send out", "chat m", "jisi.refine"}
    assert {span.trace_id.hex() for span in spans.values()} == {"ab" * 16}
    assert {name: (span.span_id.hex(), span.parent_span_id.hex()) for name, span in spans.items()} == {
        "process in": (root.span_id, "cd" * 8),
        "send out": (sent.span_id, root.span_id),
        "chat m": (call.span_id, sent.span_id),
        "jisi.refine": (refine.span_id, root.span_id),
    }
    assert {name: [link.span_id.hex() for link in span.links] for name, span in spans.items()} == {
        "process in": [],
        "send out": [],
        "chat m": [root.span_id],
        "jisi.refine": [call.span_id],
    }
    assert {name: span.kind for name, span in spans.items()} == {
        "process in": Span.SPAN_KIND_CONSUMER,
        "send out": Span.SPAN_KIND_PRODUCER,
        "chat m": Span.SPAN_KIND_CLIENT,
        "jisi.refine": Span.SPAN_KIND_INTERNAL,
    }
    for name, span in (("process in", root), ("send out", sent), ("chat m", call), ("jisi.refine", refine)):
        assert attributes(spans[name].attributes) == {**span.fixed.values, **span.attributes}
        assert (spans[name].start_time_unix_nano, spans[name].end_time_unix_nano) == (span.started_at, span.ended_at)
    assert spans["chat m"].status.code == Status.STATUS_CODE_ERROR
    assert spans["process in"].status.code == Status.STATUS_CODE_UNSET
    (resource,) = receiver.resources
    assert (
        resource.items()
        >= {
            "service.namespace": "jisi",
            "service.name": "jisi-router",
            "service.instance.id": "router-1",
        }.items()
    )


@pytest.mark.parametrize("content", [False, True])
async def test_texts_leave_the_process_only_when_asked_for(receiver: OtlpReceiver, content: bool) -> None:
    """By default no byte of a prompt, a response or an error's message is sent."""
    tracing = tracing_to(receiver, content=content)
    call = tracing.chat(REQUEST, None)
    tracing.end_chat(call, ChatResult(text="a secret answer"), ValueError("a secret error"))
    await tracing.aclose()

    (request,) = receiver.requests
    assert (b"secret" in request.SerializeToString()) is content
    assert receiver.spans["chat m"].status.message == ("a secret error" if content else "")


async def test_trace_the_caller_does_not_sample_stays_at_home(receiver: OtlpReceiver) -> None:
    """A traceparent without the sampled flag is honoured towards the receiver."""
    tracing = tracing_to(receiver)
    tracing.end(tracing.stage("unsampled", CALLER[:-1] + "0"))
    tracing.end(tracing.stage("sampled", CALLER))
    await tracing.aclose()

    assert set(receiver.spans) == {"sampled"}


async def test_standard_headers_are_sent(receiver: OtlpReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of a receiver are given as everywhere in OpenTelemetry."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=value")
    tracing = tracing_to(receiver)
    tracing.end(tracing.stage("jisi.plan", None))
    await tracing.aclose()

    assert [headers["x-key"] for headers in receiver.headers] == ["value"]


async def test_standard_resource_attributes_are_sent(receiver: OtlpReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an operator says of his deployment is there, and cannot pass for what the process says of itself."""
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=a%20test,service.name=other")
    tracing = tracing_to(receiver)
    tracing.end(tracing.stage("jisi.plan", None))
    await tracing.aclose()

    (resource,) = receiver.resources
    assert (resource["deployment.environment"], resource["service.name"]) == ("a test", "jisi-router")


async def test_requests_can_be_compressed(receiver: OtlpReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The standard variable for compression works."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    tracing = tracing_to(receiver)
    tracing.end(tracing.stage("jisi.plan", None))
    await tracing.aclose()

    assert set(receiver.spans) == {"jisi.plan"}
    assert [headers["content-encoding"] for headers in receiver.headers] == ["gzip"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_busy_receiver_is_asked_again(
    receiver: OtlpReceiver, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spans wait for a receiver that says "later", and none is lost."""
    monkeypatch.setattr("jisi.telemetry.delivery.RETRY_SECONDS", 0.01)
    receiver.status = status
    tracing = tracing_to(receiver)
    tracing.end(tracing.stage("jisi.plan", None))
    await eventually(lambda: receiver.refused > 1, within_seconds=10)
    receiver.status = 200
    await eventually(lambda: receiver.spans, within_seconds=10)
    await tracing.aclose()

    assert set(receiver.spans) == {"jisi.plan"}
    assert tracing.dropped == {"otlp": 0}


async def test_receiver_that_is_down_does_not_hold_up_the_end() -> None:
    """Nobody listening costs the spans, counted, and not the shutdown."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings = TelemetrySettings(otlp_endpoint=f"http://127.0.0.1:{unused.getsockname()[1]}")
        tracing = create_tracing("router", "router-1", settings, None)
        tracing.end(tracing.stage("jisi.plan", None))
        await tracing.aclose()

    assert tracing.dropped == {"otlp": 1}


async def test_refusing_receiver_costs_spans_alone(receiver: OtlpReceiver) -> None:
    """Spans the receiver refuses are counted as dropped; Postgres and the service are not concerned."""
    receiver.status = 400
    tracing = tracing_to(receiver)
    tracing.end(tracing.stage("refused", None))
    assert await asyncio.to_thread(tracing.flush, 10)
    receiver.status = 200
    tracing.end(tracing.stage("accepted", None))
    await tracing.aclose()

    assert set(receiver.spans) == {"accepted"}
    assert tracing.dropped == {"otlp": 1}


async def test_both_receivers_get_every_span(receiver: OtlpReceiver, database_url: str) -> None:
    """Postgres and OTLP are served side by side from one configuration."""
    settings = TelemetrySettings(otlp_endpoint=receiver.endpoint, span_delay_seconds=0.01)
    tracing = create_tracing("router", "router-1", settings, database_url)
    tracing.end(tracing.stage("jisi.plan", None))
    await tracing.aclose()

    assert set(receiver.spans) == {"jisi.plan"}
    assert tracing.dropped == {"postgres": 0, "otlp": 0}
