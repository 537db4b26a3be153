"""Traceparents are read as W3C Trace Context says, and written so that they are read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.telemetry.carriers import SpanContext, format_carrier, parse_carrier

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


def hexadecimal(digits: int) -> st.SearchStrategy[str]:
    """Ids of so many digits, never all zero."""
    return st.integers(1, 16**digits - 1).map(lambda number: f"{number:0{digits}x}")


@given(hexadecimal(32), hexadecimal(16), st.booleans())
def test_round_trip(trace_id: str, span_id: str, sampled: bool) -> None:
    """What is written is read back unchanged."""
    actual = parse_carrier(format_carrier(trace_id, span_id, sampled=sampled))

    assert actual == SpanContext(trace_id, span_id, sampled)


@given(hexadecimal(32), hexadecimal(16), st.integers(0, 255))
def test_only_the_sampled_flag_is_read(trace_id: str, span_id: str, flags: int) -> None:
    """Other flags than the lowest bit change nothing."""
    actual = parse_carrier(f"00-{trace_id}-{span_id}-{flags:02x}")

    assert actual == SpanContext(trace_id, span_id, flags % 2 == 1)


@given(st.text())
def test_anything_else_is_no_parent(text: str) -> None:
    """No text whatever raises: a stranger's header must not cost his message."""
    assert parse_carrier(text) is None


@pytest.mark.parametrize(
    "carrier",
    [
        None,
        "",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01\n",
        f"00-{TRACE}-{SPAN}",
    ],
)
def test_malformed(carrier: str | None) -> None:
    """What the recommendation calls invalid begins a trace of its own."""
    assert parse_carrier(carrier) is None


def test_later_versions_are_read_by_their_first_fields() -> None:
    """A version to come may append fields."""
    assert parse_carrier(f"01-{TRACE}-{SPAN}-01-more") == SpanContext(TRACE, SPAN, sampled=True)
