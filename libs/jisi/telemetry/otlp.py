"""Spans over OTLP/HTTP, by OpenTelemetry's own exporter: its encoding, retries, headers, certificates."""

from collections.abc import Sequence
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from jisi.errors import JisiError
from jisi.telemetry.carriers import parse_carrier
from jisi.telemetry.conventions import ERROR_MESSAGE
from jisi.telemetry.spans import Span

_RECORDED = TraceFlags(TraceFlags.SAMPLED)


class SpansRefusedError(JisiError):
    """The OTLP receiver did not take the spans, after the exporter's own retries; see its log messages."""

    code = "spans_refused"


class OtlpSpanExporter:
    """Sends spans whose trace is sampled; the others are for `jisi why` alone.

    Args:
        endpoint: full address, with the path for traces.
    """

    def __init__(self, *, endpoint: str, service: str, instance: str) -> None:
        self._exporter = OTLPSpanExporter(endpoint=endpoint)
        self._scope = InstrumentationScope("jisi", version("jisi"))
        self._resource = Resource.create(
            {
                "service.namespace": "jisi",
                "service.name": f"jisi-{service}",
                "service.instance.id": instance,
                "service.version": version("jisi"),
            }
        )

    def write(self, spans: Sequence[Span]) -> None:
        """Send the spans in one request.

        Raises:
            SpansRefusedError: the receiver is down or refuses them.
        """
        sampled = [self._readable(span) for span in spans if span.sampled]
        if sampled and self._exporter.export(sampled) is not SpanExportResult.SUCCESS:
            raise SpansRefusedError(f"{len(sampled)} spans")

    def close(self) -> None:
        """Close the connection."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call]  # the exporter leaves it untyped

    def _readable(self, span: Span) -> ReadableSpan:
        failed = span.status == "error"
        message = span.attributes.get(ERROR_MESSAGE)
        return ReadableSpan(
            name=span.name,
            context=_context(span.trace_id, span.span_id),
            parent=_context(span.trace_id, span.parent_id) if span.parent_id else None,
            resource=self._resource,
            attributes={**span.fixed.values, **span.attributes},
            links=[Link(_context(link.trace_id, link.span_id)) for link in map(parse_carrier, span.links) if link],
            kind=SpanKind[span.kind],
            status=Status(StatusCode.ERROR, str(message) if message else None) if failed else Status(),
            start_time=span.started_at,
            end_time=span.ended_at,
            instrumentation_scope=self._scope,
        )


def _context(trace_id: str, span_id: str) -> SpanContext:
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=False, trace_flags=_RECORDED)
