"""W3C Trace Context in one string: what a span hands to the next one through a message, a row or a header."""

import re
from typing import NamedTuple

Carrier = str
"""A `traceparent`: version, trace id, span id and flags, such as `00-<32 hex>-<16 hex>-01`."""

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_NO_TRACE = "0" * 32
_NO_SPAN = "0" * 16
_CURRENT_VERSION = "00"
_INVALID_VERSION = "ff"
_SAMPLED = 1


class SpanContext(NamedTuple):
    """Whose child a span is: ids as hexadecimal digits, and whether the trace is to be exported over OTLP."""

    trace_id: str
    span_id: str
    sampled: bool


def parse_carrier(carrier: str | None) -> SpanContext | None:
    """Read a `traceparent`; None where it is absent or malformed, since a stranger's header must cost no message.

    A version unknown to us is read by its first four fields, as the recommendation says.
    """
    if not carrier:
        return None
    match = _TRACEPARENT.fullmatch(carrier)
    if match is None:
        return None
    version, trace_id, span_id, flags, rest = match.groups()
    if version == _INVALID_VERSION or trace_id == _NO_TRACE or span_id == _NO_SPAN:
        return None
    if rest is not None and version == _CURRENT_VERSION:
        return None
    return SpanContext(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))


def format_carrier(trace_id: str, span_id: str, *, sampled: bool) -> Carrier:
    """Write a `traceparent`."""
    return f"00-{trace_id}-{span_id}-{'01' if sampled else '00'}"
