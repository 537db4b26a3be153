"""Spans over OTLP/HTTP to a collector, configured by OpenTelemetry's standard variables."""

import gzip
import ssl
import time
from collections.abc import Sequence
from http import HTTPStatus

import httpx

from jisi.errors import JisiError
from jisi.telemetry.delivery import ReceiverUnavailableError
from jisi.telemetry.otlp_encoding import OtlpEncoder
from jisi.telemetry.settings import OtlpSettings
from jisi.telemetry.spans import Span

SPANS_AT_ONCE = 64
"""Spans encoded before the event loop is offered the interpreter: some 0.6 ms, where it would else wait up to 5 ms."""

YIELD_SECONDS = 0.0001
"""Sleep that lets the event loop's thread take the interpreter."""

TIMEOUT_SECONDS = 10.0
"""Of a request, as by OpenTelemetry. Its variable is not read: it means seconds in Python, milliseconds elsewhere."""

RETRIABLE = (
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
"""Answers that mean "later", as the protocol lists them."""


class SpansRefusedError(JisiError):
    """The OTLP receiver does not take the spans: check the address, and the headers in OTEL_EXPORTER_OTLP_HEADERS."""

    code = "spans_refused"


class OtlpSpanExporter:
    """Sends spans whose trace is sampled; the others are for `jisi why` alone.

    Args:
        endpoint: full address, with the path for traces.
    """

    def __init__(self, *, endpoint: str, service: str, instance: str, settings: OtlpSettings) -> None:
        self._endpoint = endpoint
        self._gzip = settings.compression == "gzip"
        self._headers = {"content-type": "application/x-protobuf", **settings.header_values()}
        if self._gzip:
            self._headers["content-encoding"] = "gzip"
        self._encoder = OtlpEncoder(service=service, instance=instance, more=settings.resource_values())
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS, verify=_tls(settings))

    def write(self, spans: Sequence[Span]) -> None:
        """Send the spans in one request.

        Raises:
            ReceiverUnavailableError: the receiver is down or busy; they may or may not have been taken.
            SpansRefusedError: it will not take them.
        """
        sampled = [span for span in spans if span.sampled]
        if not sampled:
            return
        for first in range(0, len(sampled), SPANS_AT_ONCE):
            if first:
                time.sleep(YIELD_SECONDS)
            self._encoder.add(sampled[first : first + SPANS_AT_ONCE])
        body = self._encoder.take()
        try:
            response = self._client.post(
                self._endpoint, content=gzip.compress(body) if self._gzip else body, headers=self._headers
            )
        except httpx.TransportError as error:
            raise ReceiverUnavailableError(f"{type(error).__name__}: {error}") from error
        _check(response, sent=len(sampled))

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _check(response: httpx.Response, *, sent: int) -> None:
    if response.status_code in RETRIABLE:
        raise ReceiverUnavailableError(f"HTTP {response.status_code}")
    if not response.is_success:
        raise SpansRefusedError(f"HTTP {response.status_code} for {sent} spans")


def _tls(settings: OtlpSettings) -> ssl.SSLContext | bool:
    if settings.certificate is None and settings.client_certificate is None:
        return True
    context = ssl.create_default_context(cafile=settings.certificate)
    if settings.client_certificate is not None:
        context.load_cert_chain(settings.client_certificate, settings.client_key)
    return context
