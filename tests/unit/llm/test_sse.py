"""Server-sent events, however they are cut into chunks."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.llm import sse
from jisi.llm.sse import EventReader, EventTooLongError

STREAM = (
    b": a comment\n\n"
    b'data: {"a": "\xc3\xa9"}\r\n\r\n'
    b"event: x\nid: 3\ndata:no space\n\n"
    b"data: two\ndata: lines\n\n\n"
    b"data:  leading space\n\n"
    b"unknown: y\nretry: 5\n\n"
    b'error: {"code": 500}\n\n'
    b"data: [DONE]\n\n"
)
EVENTS = [b'{"a": "\xc3\xa9"}', b"no space", b"two\nlines", b" leading space", b'{"error": {"code": 500}}', b"[DONE]"]


@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_chunks_do_not_matter(cuts: list[int]) -> None:
    """The same events come out wherever the stream is cut, in the middle of a sign of several bytes too."""
    reader = EventReader()
    places = [0, *sorted(cuts), len(STREAM)]
    events: list[bytes] = []
    for start, end in itertools.pairwise(places):
        events += reader.feed(STREAM[start:end])

    assert events == EVENTS
    assert reader.finish() == []


@pytest.mark.parametrize("rest", [b"data: last", b"data: last\n", b"data: last\r\n"])
def test_an_end_without_an_empty_line(rest: bytes) -> None:
    """An endpoint that ends without the last line feeds has said its last event all the same."""
    reader = EventReader()

    assert reader.feed(b"data: first\n\n" + rest) == [b"first"]
    assert reader.finish() == [b"last"]


def test_an_event_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no event of a model ends in an error before it fills the memory; many long events are fine."""
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 100)
    reader = EventReader()
    for _ in range(50):
        assert reader.feed(b"data: " + b"x" * 80 + b"\n\n") == [b"x" * 80]
    reader.feed(b"x" * 60)
    with pytest.raises(EventTooLongError):
        reader.feed(b"x" * 60)
    lines = EventReader()
    lines.feed(b"data: " + b"x" * 60 + b"\ndata: ")
    with pytest.raises(EventTooLongError):
        lines.feed(b"x" * 60)
