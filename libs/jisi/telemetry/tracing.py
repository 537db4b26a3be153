"""One trace a query across all services: who starts which span, and where finished ones go."""

import asyncio
import hashlib
from collections.abc import Hashable, Sequence
from time import monotonic, time_ns
from typing import Protocol

from jisi.telemetry import conventions as names
from jisi.telemetry.calls import (
    ChatRequest,
    ChatResult,
    request_attributes,
    result_attributes,
    shared_request_attributes,
)
from jisi.telemetry.carriers import Carrier, SpanContext, format_carrier, parse_carrier
from jisi.telemetry.delivery import SpanDelivery, SpanReceiver
from jisi.telemetry.postgres import PostgresSpanExporter
from jisi.telemetry.settings import OtlpSettings, TelemetrySettings
from jisi.telemetry.spans import Attributes, AttributeValue, FixedAttributes, Parent, Span, SpanKind, start_span

FIXED_KEPT = 2_000
"""Sets of shared attributes kept: far more than topics, partitions and models there are; a guard against a leak."""


class ConsumedRecord(Protocol):
    """What a span tells of a Kafka record; aiokafka's `ConsumerRecord` is one."""

    @property
    def partition(self) -> int: ...  # noqa: D102 - Kafka's own words
    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def timestamp(self) -> int: ...  # noqa: D102


class Tracing:
    """Starts and ends the spans of one process, all by explicit parent; safe in any thread.

    Args:
        deliveries: where finished spans go; none: nowhere, but the trace still passes through.
        content: whether prompts and responses are recorded.
    """

    def __init__(self, *, deliveries: Sequence[SpanDelivery] = (), content: bool = False) -> None:
        self._deliveries = tuple(deliveries)
        self._content = content
        self._fixed: dict[Hashable, FixedAttributes] = {}

    def consume(
        self, topic: str, record: ConsumedRecord, *, group: str, query_id: str | None, traceparent: Carrier | None
    ) -> Span:
        """Begin the span of working one record: child of the span that sent it, or the root of its query's trace."""
        key = ("process", topic, record.partition, group)
        fixed = self._fixed.get(key) or self._remember(
            key,
            {
                names.MESSAGING_SYSTEM: "kafka",
                names.MESSAGING_OPERATION_NAME: "process",
                names.MESSAGING_OPERATION_TYPE: "process",
                names.MESSAGING_DESTINATION_NAME: topic,
                names.MESSAGING_DESTINATION_PARTITION_ID: str(record.partition),
                names.MESSAGING_CONSUMER_GROUP_NAME: group,
            },
        )
        now = time_ns()
        own: dict[str, AttributeValue] = {
            names.MESSAGING_KAFKA_OFFSET: record.offset,
            names.JISI_MESSAGE_WAIT_MS: now // 1_000_000 - record.timestamp,
        }
        if query_id is not None:
            own[names.JISI_QUERY_ID] = query_id
        return start_span(f"process {topic}", "CONSUMER", traceparent, fixed=fixed, attributes=own, started_at=now)

    def produce(self, topic: str, key: str | None, parent: Parent) -> Span:
        """Begin the span of sending a message, which takes its carrier along; end it when it is acknowledged."""
        fixed = self._fixed.get(("send", topic)) or self._remember(
            ("send", topic),
            {
                names.MESSAGING_SYSTEM: "kafka",
                names.MESSAGING_OPERATION_NAME: "send",
                names.MESSAGING_OPERATION_TYPE: "send",
                names.MESSAGING_DESTINATION_NAME: topic,
            },
        )
        own: dict[str, AttributeValue] = {} if key is None else {names.MESSAGING_KAFKA_MESSAGE_KEY: key}
        return start_span(f"send {topic}", "PRODUCER", parent, fixed=fixed, attributes=own)

    def stage(
        self,
        name: str,
        parent: Parent,
        *,
        links: Sequence[Carrier] = (),
        attributes: Attributes | None = None,
        started_at: int | None = None,
    ) -> Span:
        """Begin the span of a decision, such as `jisi.plan`; at a fan-in link what it was made of."""
        own = dict(attributes) if attributes else {}
        return start_span(name, "INTERNAL", parent, attributes=own, links=links, started_at=started_at)

    def chat(
        self,
        request: ChatRequest,
        parent: Carrier | None,
        *,
        attempt: int = 1,
        call: str | None = None,
        links: Sequence[Carrier] = (),
    ) -> Span:
        """Begin the span of one attempt of an LLM call; a retry links the attempt before it.

        For that every process must know the attempt's span: where `call` is given, which tells the call from all others
        under its parent, the ids of its attempts follow from it.
        """
        key: Hashable = (
            *("chat", request.pool_model, request.model, request.kind, request.provider, request.stream),
            *(request.server_address, request.server_port),
        )
        fixed = self._fixed.get(key) or self._remember(key, shared_request_attributes(request))
        own = request_attributes(request, attempt=attempt, content=self._content)
        span_id = None
        if call is not None and (above := parse_carrier(parent)) is not None:
            span_id = attempt_span_id(above, call, attempt)
            if attempt > 1:
                before = attempt_span_id(above, call, attempt - 1)
                links = (*links, format_carrier(above.trace_id, before, sampled=above.sampled))
        return start_span(
            f"chat {request.model}", "CLIENT", parent, fixed=fixed, attributes=own, links=links, span_id=span_id
        )

    def end_chat(self, span: Span, result: ChatResult, error: BaseException | str | None = None) -> None:
        """End the span of an LLM call with what is known of it; a failed call has usage and cost too."""
        span.attributes.update(result_attributes(result, content=self._content))
        self.end(span, error)

    def embed(
        self,
        model: str,
        parent: Parent,
        *,
        texts: int,
        dimensions: int,
        provider: str = "jisi",
        remote: bool = False,
        links: Sequence[Carrier] = (),
    ) -> Span:
        """Begin the span of embedding some texts at once, in this process or at an endpoint."""
        key = ("embeddings", model, provider, dimensions)
        fixed = self._fixed.get(key) or self._remember(
            key,
            {
                names.GEN_AI_OPERATION_NAME: "embeddings",
                names.GEN_AI_PROVIDER_NAME: provider,
                names.GEN_AI_REQUEST_MODEL: model,
                names.GEN_AI_EMBEDDINGS_DIMENSION_COUNT: dimensions,
            },
        )
        own: dict[str, AttributeValue] = {names.JISI_EMBED_TEXTS: texts}
        kind: SpanKind = "CLIENT" if remote else "INTERNAL"
        return start_span(f"embeddings {model}", kind, parent, fixed=fixed, attributes=own, links=links)

    def end(self, span: Span, error: BaseException | str | None = None, *, ended_at: int | None = None) -> None:
        """End a span, failed where an error (or its code) is given, and hand it on; a second end does nothing.

        The error's message is recorded only with contents on: endpoints like to repeat the prompt in it.
        """
        if span.ended_at:
            return
        if error is not None:
            span.status = "error"
            span.attributes[names.ERROR_TYPE] = error if isinstance(error, str) else error_type(error)
            if self._content and not isinstance(error, str):
                span.attributes[names.ERROR_MESSAGE] = str(error)
        span.ended_at = ended_at or time_ns()
        for delivery in self._deliveries:
            delivery.put(span)

    @property
    def dropped(self) -> dict[str, int]:
        """Spans lost so far, by receiver."""
        return {delivery.name: delivery.dropped for delivery in self._deliveries}

    def flush(self, timeout_seconds: float = 5.0) -> bool:
        """Wait until all ended spans are with their receivers; false where that took too long."""
        return False not in [delivery.flush(timeout_seconds) for delivery in self._deliveries]

    def close(self, timeout_seconds: float = 5.0) -> None:
        """Deliver what waits and end the threads, all within the time given; call it last, after all work has ended."""
        deadline = monotonic() + timeout_seconds
        for delivery in self._deliveries:
            delivery.close(0)
        for delivery in self._deliveries:
            delivery.close(max(0, deadline - monotonic()))

    async def aclose(self, timeout_seconds: float = 5.0) -> None:
        """Do as `close` without blocking the event loop."""
        await asyncio.to_thread(self.close, timeout_seconds)

    def _remember(self, key: Hashable, values: Attributes) -> FixedAttributes:
        if len(self._fixed) >= FIXED_KEPT:
            self._fixed.clear()
        fixed = self._fixed[key] = FixedAttributes(values)
        return fixed


def attempt_span_id(parent: SpanContext, call: str, attempt: int) -> str:
    """Give the id of the span of one attempt of a call: the same in every process, and random to everybody else."""
    whole = f"{parent.trace_id}/{parent.span_id}/{call}/{attempt}".encode()
    return hashlib.blake2b(whole, digest_size=8).hexdigest()


def error_type(error: BaseException) -> str:
    """Give the stable name of an error: its code where it is one of ours, else its class."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) else type(error).__qualname__


def create_tracing(service: str, instance: str, settings: TelemetrySettings, database_url: str | None) -> Tracing:
    """Start the process's tracing: to Postgres where wanted and an address is given, over OTLP where configured.

    Nothing global is touched; two in one process do not meet. Neither receiver needs to be up.
    """
    deliveries = []
    if settings.spans_in_postgres and database_url is not None:
        exporter = PostgresSpanExporter(database_url=database_url, service=service, instance=instance)
        deliveries.append(_delivery(exporter, "postgres", settings))
    endpoint = settings.traces_endpoint
    if endpoint is not None:
        from jisi.telemetry.otlp import OtlpSpanExporter  # noqa: PLC0415 - protobuf is for those who use it

        otlp = OtlpSpanExporter(endpoint=endpoint, service=service, instance=instance, settings=OtlpSettings())
        deliveries.append(_delivery(otlp, "otlp", settings))
    return Tracing(deliveries=deliveries, content=settings.trace_content)


def _delivery(receiver: SpanReceiver, name: str, settings: TelemetrySettings) -> SpanDelivery:
    return SpanDelivery(receiver, name=name, capacity=settings.span_queue, delay_seconds=settings.span_delay_seconds)
