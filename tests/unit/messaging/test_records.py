"""Records keep what came from Kafka as it is."""

from aiokafka import ConsumerRecord
from jisi.messaging.records import Record


def consumer_record(headers: tuple[tuple[str, bytes | None], ...] | None) -> ConsumerRecord:
    """Make a record as the consumer gives it."""
    return ConsumerRecord("t", 3, 5, 1234, 0, b"k", None, None, -1, -1, headers)


def test_a_record_is_taken_over_whole() -> None:
    """Place, time, key, null value and undecodable headers."""
    record = Record.from_consumer(consumer_record((("a", b"\xff"), ("b", None), ("c", b"text"))))

    assert (record.place, record.timestamp, record.key, record.value) == ("t/3/5", 1234, b"k", None)
    assert [record.header(name) for name in ("a", "b", "c", "d")] == [None, None, "text", None]


def test_a_record_without_headers_has_none() -> None:
    """Old producers send no headers at all."""
    assert Record.from_consumer(consumer_record(None)).headers == ()
