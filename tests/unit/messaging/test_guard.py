"""The guard: whatever a batch holds, each record is worked or dead-lettered, once, and none costs another."""

import asyncio
import math
from collections.abc import Sequence

import psycopg
import pytest
from aiokafka.errors import (
    KafkaConnectionError,
    MessageSizeTooLargeError,
    NotEnoughReplicasAfterAppendError,
    NotEnoughReplicasError,
)
from hypothesis import given
from hypothesis import strategies as st
from jisi.database import DatabaseUnavailableError
from jisi.messaging import dead_letter_headers as names
from jisi.messaging.guard import dead_letter, is_transient
from jisi.messaging.publisher import KafkaUnavailableError, RecordTooLargeError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from tests.unit.messaging.guard_parts import ScriptedHandler, UnreadableError, make_guard, record

KINDS = (b"good", b"poison", b"unreadable", b"rejected")


@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=40))
def test_every_record_ends_in_one_place(values: list[bytes]) -> None:
    """The good ones are worked once, all others are dead letters, once, and whoever waits for them is told."""
    handler = ScriptedHandler()
    guard, publisher = make_guard(handler)
    asyncio.run(guard.run([record(number, value) for number, value in enumerate(values)]))

    good = [number for number, value in enumerate(values) if value == b"good"]
    bad = [number for number, value in enumerate(values) if value != b"good"]
    assert sorted(handler.worked) == good
    assert sorted(handler.told) == bad
    places = [dict(letter.headers)[names.SOURCE].decode() for letter in publisher.published]
    assert sorted(places) == sorted(f"t/0/{number}" for number in bad)


@given(st.integers(1, 200), st.data())
def test_one_poison_costs_a_few_tries(size: int, data: st.DataObject) -> None:
    """The culprit is found by halving: a number of tries that grows with the logarithm of the batch."""
    poison = data.draw(st.integers(0, size - 1))
    handler = ScriptedHandler()
    guard, _ = make_guard(handler)
    asyncio.run(guard.run([record(number, b"poison" if number == poison else b"good") for number in range(size)]))

    assert len(handler.worked) == size - 1
    assert len(handler.batches) <= 2 * math.ceil(math.log2(size)) + 1


async def test_an_outage_is_waited_for_and_commits_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transient error pauses, longer each time, and is raised: the batch comes again, nobody is blamed."""
    pauses: list[float] = []

    async def no_sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("jisi.messaging.guard.asyncio.sleep", no_sleep)
    handler = ScriptedHandler(raise_at_work=lambda _: DatabaseUnavailableError("down"))
    guard, publisher = make_guard(handler)
    for _ in range(8):
        with pytest.raises(DatabaseUnavailableError):
            await guard.run([record(1), record(2)])
    handler.raise_at_work = lambda _: None
    await guard.run([record(1), record(2)])

    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
    assert publisher.published == []
    assert handler.worked == [1, 2]
    assert guard.failures == 0


async def test_an_outage_while_a_batch_is_split_blames_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole batch comes again; what was done of it is done twice, which every handler bears."""

    async def no_sleep(_seconds: float) -> None:
        return

    monkeypatch.setattr("jisi.messaging.guard.asyncio.sleep", no_sleep)

    def outage(numbers: Sequence[int]) -> Exception | None:
        return DatabaseUnavailableError("down") if numbers == [2, 3] else None

    handler = ScriptedHandler(raise_at_work=outage)
    guard, publisher = make_guard(handler)
    with pytest.raises(DatabaseUnavailableError):
        await guard.run([record(0), record(1), record(2), record(3, b"poison")])

    assert publisher.published == []


async def test_a_dead_letter_that_cannot_be_written_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its dead letter nothing is committed: the record would be lost."""

    async def no_sleep(_seconds: float) -> None:
        return

    monkeypatch.setattr("jisi.messaging.guard.asyncio.sleep", no_sleep)
    handler = ScriptedHandler()
    guard, publisher = make_guard(handler)
    publisher.fail_with = KafkaConnectionError()

    with pytest.raises(KafkaUnavailableError):
        await guard.run([record(1, b"unreadable")])
    assert handler.told == []


async def test_a_record_that_its_dead_letters_do_not_take_blocks_nothing() -> None:
    """It is given up with its reason and place, without its content; whoever waits is told, and the next one worked."""
    handler = ScriptedHandler()
    guard, publisher = make_guard(handler)
    publisher.refuses = lambda letter: letter.value is not None
    await guard.run([record(1, b"unreadable"), record(2)])

    assert (handler.told, handler.worked) == ([1], [2])
    (letter,) = publisher.published
    assert (letter.topic, letter.key, letter.value) == ("t.dlq", None, None)
    headers = dict(letter.headers)
    assert (headers[names.CODE], headers[names.SOURCE]) == (b"unreadable", b"t/0/1")
    assert "mine" not in headers


async def test_work_that_makes_too_large_a_record_is_not_tried_for_ever() -> None:
    """What Kafka will never take is the record's own fault: it is dead-lettered, and its neighbours are worked."""
    handler = ScriptedHandler(raise_at_work=lambda numbers: RecordTooLargeError("too large") if 2 in numbers else None)
    guard, publisher = make_guard(handler)
    await guard.run([record(1), record(2), record(3)])

    assert sorted(handler.worked) == [1, 3]
    assert [dict(letter.headers)[names.CODE] for letter in publisher.published] == [b"record_too_large"]


async def test_nobody_to_tell_is_no_reason_to_stop() -> None:
    """A bug in telling of a dead letter does not keep what stands behind it."""
    handler = ScriptedHandler(raise_when_told=ZeroDivisionError("bug"))
    guard, publisher = make_guard(handler)
    await guard.run([record(1, b"unreadable"), record(2)])

    assert handler.worked == [2]
    assert len(publisher.published) == 1


def test_a_dead_letter_is_the_record_with_a_reason() -> None:
    """Value, key and headers are untouched, null headers left out; code, words, place, time and service are added."""
    letter = dead_letter(record(7, b"\xff"), UnreadableError("why"), topic="t.dlq", service="me")

    assert (letter.topic, letter.key, letter.value) == ("t.dlq", b"k", b"\xff")
    headers = dict(letter.headers)
    assert headers["mine"] == b"\xff"
    assert headers[names.CODE] == b"unreadable"
    assert headers[names.ERROR] == b"why"
    assert headers[names.SOURCE] == b"t/0/7"
    assert headers[names.SERVICE] == b"me"


def test_a_bug_is_dead_lettered_with_its_traceback_bounded() -> None:
    """Of a bug the end of its traceback is kept, which says what was raised."""
    error = ZeroDivisionError("\ud800" + "x" * 50_000 + " at the end")
    headers = dict(dead_letter(record(1), error, topic="t.dlq", service="me").headers)

    assert headers[names.CODE] == b"bug"
    assert len(headers[names.ERROR]) <= 20_000
    assert headers[names.ERROR].rstrip().endswith(b"at the end")


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (DatabaseUnavailableError("x"), True),
        (psycopg.OperationalError("x"), True),
        (psycopg.errors.AdminShutdown("x"), True),
        (psycopg.errors.DeadlockDetected("x"), True),
        (PoolTimeoutError(), True),
        (KafkaConnectionError(), True),
        (NotEnoughReplicasError(), True),
        (NotEnoughReplicasAfterAppendError(), True),
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (MessageSizeTooLargeError(), False),
        (RecordTooLargeError("x"), False),
        (psycopg.DataError("x"), False),
        (psycopg.errors.UndefinedColumn("x"), False),
        (UnreadableError("x"), False),
        (ZeroDivisionError(), False),
    ],
)
def test_what_will_pass_is_told_from_what_will_not(error: Exception, transient: bool) -> None:
    """Servers that are down or busy are nobody's fault; a wrong statement or record is."""
    assert is_transient(error) is transient
