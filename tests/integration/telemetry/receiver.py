"""A receiver of OTLP over HTTP on loopback, which decodes what it gets by OpenTelemetry's own protocol definition."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class OtlpReceiver:
    """Keeps the requests it got; answers `status` (200: accepted)."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.headers: list[dict[str, str]] = []
        self.status = 200
        self.refused = 0
        self.endpoint = ""

    @property
    def spans(self) -> dict[str, Span]:
        """The spans of all requests, by name."""
        return {span.name: span for span in self.all_spans}

    @property
    def all_spans(self) -> list[Span]:
        """The spans of all requests, in the order they came."""
        scopes = (scope for request in self.requests for group in request.resource_spans for scope in group.scope_spans)
        return [span for scope in scopes for span in scope.spans]

    @property
    def resources(self) -> list[dict[str, object]]:
        """Attributes of the resources of all requests."""
        return [attributes(group.resource.attributes) for request in self.requests for group in request.resource_spans]

    async def handle(self, request: web.Request) -> web.Response:
        """Take a request, unless told to refuse."""
        body = await request.read()
        if self.status == 200:
            self.requests.append(ExportTraceServiceRequest.FromString(body))
            self.headers.append({name.lower(): value for name, value in request.headers.items()})
        else:
            self.refused += 1
        return web.Response(
            status=self.status,
            body=ExportTraceServiceResponse().SerializeToString(),
            content_type="application/x-protobuf",
        )


def attributes(pairs: Iterable[KeyValue]) -> dict[str, object]:
    """Decode attributes to plain values."""
    return {pair.key: _plain(pair.value) for pair in pairs}


def _plain(value: AnyValue) -> object:
    kind = value.WhichOneof("value")
    assert kind is not None, "an attribute has a value"
    if kind == "array_value":
        return [_plain(item) for item in value.array_value.values]
    return getattr(value, kind)


@asynccontextmanager
async def otlp_receiver() -> AsyncIterator[OtlpReceiver]:
    """Serve a receiver on a free port."""
    receiver = OtlpReceiver()
    application = web.Application()
    application.router.add_post("/v1/traces", receiver.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        receiver.endpoint = f"http://{host}:{port}"
        yield receiver
    finally:
        await runner.cleanup()
