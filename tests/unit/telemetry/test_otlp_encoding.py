"""Spans are encoded so that OpenTelemetry's protocol gives back what was put in."""

from hypothesis import given
from hypothesis import strategies as st
from jisi.telemetry.otlp_encoding import OtlpEncoder
from jisi.telemetry.spans import AttributeValue, FixedAttributes, Span, start_span
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

TEXTS = st.text(st.characters())
VALUES = st.one_of(TEXTS, st.booleans(), st.integers(), st.floats(allow_nan=False))


def encoded(*spans: Span) -> list[dict[str, object]]:
    """Encode spans, decode them by the protocol, and give their attributes."""
    encoder = OtlpEncoder(service="router", instance="router-1", more={})
    encoder.add(spans)
    request = ExportTraceServiceRequest.FromString(encoder.take())
    decoded = request.resource_spans[0].scope_spans[0].spans
    return [{pair.key: plain(pair.value) for pair in span.attributes} for span in decoded]


def plain(value: AnyValue) -> object:
    """Decode a value."""
    kind = value.WhichOneof("value")
    assert kind is not None
    return [plain(item) for item in value.array_value.values] if kind == "array_value" else getattr(value, kind)


def expected(value: object) -> object:
    """Give what a value must come back as: the protocol has no surrogates and no integer beyond 64 bits."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case int() if not -(2**63) <= value < 2**63:
            return str(value)
        case _:
            return value


@given(st.dictionaries(TEXTS.map(lambda text: text.encode("utf-8", "replace").decode()), VALUES))
def test_every_value_comes_back(attributes: dict[str, AttributeValue]) -> None:
    """No value of an attribute makes a request that cannot be sent."""
    span = start_span("jisi.plan", "INTERNAL", None, attributes=dict(attributes))

    assert encoded(span) == [{key: expected(value) for key, value in attributes.items()}]


def test_types_are_kept() -> None:
    """A truth value is no number, a list is a list, and what is none of the protocol's types is its text."""
    values: dict[str, AttributeValue] = {"a": True, "b": 1, "c": 1.0, "d": ["x", "y"], "e": {1}}  # type: ignore[dict-item]
    (actual,) = encoded(start_span("jisi.plan", "INTERNAL", None, attributes=values))

    assert [(type(value), value) for value in actual.values()] == [
        (bool, True),
        (int, 1),
        (float, 1.0),
        (list, ["x", "y"]),
        (str, "{1}"),
    ]


def test_shared_attributes_are_not_mixed_up() -> None:
    """What is encoded once for many spans goes to those that share it."""
    first, second = FixedAttributes({"topic": "a"}), FixedAttributes({"topic": "b"})
    spans = [start_span("s", "CONSUMER", None, fixed=fixed, attributes={"n": 1}) for fixed in (first, second, first)]

    assert [actual["topic"] for actual in encoded(*spans)] == ["a", "b", "a"]
    assert all(actual["n"] == 1 for actual in encoded(*spans))


def test_every_request_begins_anew() -> None:
    """A span is in one request only."""
    encoder = OtlpEncoder(service="router", instance="router-1", more={})
    counts = []
    for _ in range(2):
        encoder.add([start_span("s", "INTERNAL", None)])
        request = ExportTraceServiceRequest.FromString(encoder.take())
        counts.append(len(request.resource_spans[0].scope_spans[0].spans))

    assert counts == [1, 1]
