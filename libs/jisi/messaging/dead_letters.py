"""The dead letters of all topics: read them, and send them where they came from once more.

Kafka's log cannot be changed, so what was replayed is remembered by a mark in the dead-letter topic itself: a record
without value whose header names the letter.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from jisi.contracts.identity import NAMESPACE
from jisi.contracts.query import MalformedQueryError, UnsupportedQueryError
from jisi.contracts.topics import DEAD_LETTER_SUFFIX, Topics
from jisi.errors import InputError
from jisi.messaging import dead_letter_headers as names
from jisi.messaging.connection import KafkaConnection
from jisi.messaging.publisher import KafkaUnavailableError, Publication, Publisher
from jisi.messaging.records import Record
from jisi.messaging.topics import MAX_MESSAGE_BYTES
from jisi.messaging.unreachable import why_unreachable

ANSWERED_CODES = frozenset({MalformedQueryError.code, UnsupportedQueryError.code})
"""Letters whose query was answered `failed` under its id: that id cannot be answered again (DESIGN.md 2)."""

_OURS = frozenset({names.CODE, names.ERROR, names.SOURCE, names.AT, names.SERVICE, names.REPLAYED})
_POLL_MS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A record that could not be worked, and why."""

    record: Record
    """As it stands in the dead-letter topic: value and key are the original's, as are headers that are not ours."""
    replays: tuple[datetime, ...] = ()
    """When it was sent to its topic again."""

    @property
    def place(self) -> str:
        """Where it stands, which is how it is named: `topic/partition/offset`."""
        return self.record.place

    @property
    def topic(self) -> str:
        """The topic it is from, and goes to when replayed."""
        return self.record.topic.removesuffix(DEAD_LETTER_SUFFIX)

    @property
    def code(self) -> str:
        """Stable name of the reason."""
        return self.record.header(names.CODE) or "unknown"

    @property
    def error(self) -> str:
        """The reason in words; for a bug, its traceback."""
        return self.record.header(names.ERROR) or ""

    @property
    def source(self) -> str:
        """`topic/partition/offset` of the record it was."""
        return self.record.header(names.SOURCE) or ""

    @property
    def at(self) -> datetime:
        """When it was given up."""
        try:
            return datetime.fromisoformat(self.record.header(names.AT) or "")
        except ValueError:
            return datetime.fromtimestamp(self.record.timestamp_ms / 1000, UTC)

    @property
    def service(self) -> str:
        """Who gave it up."""
        return self.record.header(names.SERVICE) or ""

    @property
    def replayed_from(self) -> str | None:
        """The dead letter it was before it was replayed and died again."""
        return self.record.header(names.REPLAYED)

    @property
    def query_id(self) -> str | None:
        """The query's id, where the letter is of the queries topic and one can be read."""
        body = _object(self.record.value)
        query_id = body.get("query_id", body.get("cancel"))
        return query_id if isinstance(query_id, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A letter sent to its topic again."""

    letter: DeadLetter
    new_query_id: str | None
    """The id its query has now, where it could not keep its own."""


@dataclass(slots=True)
class DeadLetters:
    """The dead-letter topics of one system."""

    kafka: KafkaConnection
    prefix: str = ""
    publisher: Publisher = field(init=False)

    def __post_init__(self) -> None:
        self.publisher = Publisher(self.kafka)

    async def read(self, topics: Iterable[str] | None = None) -> list[DeadLetter]:
        """Read all letters of these topics (their sources' names; None: of all topics), oldest first.

        Raises:
            KafkaUnavailableError: no broker answers.
            InputError: a topic that has no dead letters.
        """
        known = Topics(self.prefix)
        wanted = known.consumed if topics is None else tuple(topics)
        for topic in wanted:
            if topic not in known.consumed:
                raise InputError(f"There is no topic {topic} with dead letters; there are {', '.join(known.consumed)}.")
        try:
            records = await self._read([known.dead_letters(topic) for topic in wanted])
        except KafkaError as error:
            raise KafkaUnavailableError(await why_unreachable(self.kafka, error)) from error
        marks: dict[str, list[datetime]] = {}
        for record in records:
            if (marked := record.header(names.REPLAYED_MARK)) is not None:
                marks.setdefault(marked, []).append(datetime.fromtimestamp(record.timestamp_ms / 1000, UTC))
        letters = [
            DeadLetter(record=record, replays=tuple(marks.get(record.place, ())))
            for record in records
            if record.header(names.REPLAYED_MARK) is None
        ]
        return sorted(letters, key=lambda letter: letter.at)

    async def replay(self, letters: Sequence[DeadLetter], *, new_ids: bool = False) -> list[Replay]:
        """Send letters to their topics again, one after the other, and mark each as soon as it is there.

        Value, key and headers are the original's, but that a query answered `failed` as malformed gets a new id, as all
        do with `new_ids`. A death between sending and marking replays once more; the id, made of the letter's place and
        the number of replays known, is then the same.

        Raises:
            KafkaUnavailableError: one is not known to be sent; those before it are.
        """
        await self.publisher.start()
        try:
            return [await self._replay(letter, new_id=new_ids) for letter in letters]
        finally:
            await self.publisher.stop()

    async def _replay(self, letter: DeadLetter, *, new_id: bool) -> Replay:
        record = letter.record
        key, value, query_id = record.key, record.value, None
        of_queries = letter.topic == Topics(self.prefix).queries
        is_query = isinstance(_object(value).get("query_id"), str)
        if of_queries and is_query and (new_id or letter.code in ANSWERED_CODES):
            query_id = str(uuid5(NAMESPACE, f"replay/{letter.place}/{len(letter.replays)}"))
            key, value = query_id.encode(), _renamed(value, query_id)
        kept = [(name, text) for name, text in record.headers if text is not None and name not in _OURS]
        if key is None and value is None:
            value = b""  # aiokafka sends no record that has neither
        sent = Publication(
            topic=letter.topic, key=key, value=value, headers=[*kept, (names.REPLAYED, letter.place.encode())]
        )
        await self.publisher.publish_or_raise([sent])
        mark = Publication(
            topic=record.topic,
            key=letter.place.encode(),
            value=None,
            headers=[(names.REPLAYED_MARK, letter.place.encode())],
        )
        await self.publisher.publish_or_raise([mark])
        return Replay(letter=letter, new_query_id=query_id)

    async def _read(self, topics: Sequence[str]) -> list[Record]:
        """Read what the topics hold now, in no group."""
        consumer = AIOKafkaConsumer(
            **self.kafka.options(),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=MAX_MESSAGE_BYTES,
        )
        try:
            await consumer.start()
            partitions = [part for part in await _all_partitions(self.kafka) if part.topic in topics]
            missing = set(topics) - {part.topic for part in partitions}
            if missing:
                raise InputError(f"Kafka at {self.kafka} holds no topic {min(missing)}: JiSi never ran there.")
            consumer.assign(partitions)
            ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
            records = []
            while await _unread(consumer, ends):
                fetched = await consumer.getmany(timeout_ms=_POLL_MS)
                records += [
                    Record.from_consumer(raw)
                    for partition, batch in fetched.items()
                    for raw in batch
                    if raw.offset < ends[partition]
                ]
        finally:
            await consumer.stop()
        return records


def select_letters(
    letters: Iterable[DeadLetter], *, places: Sequence[str] = (), code: str | None = None, again: bool = True
) -> list[DeadLetter]:
    """Give those at these places (none: all), of this code, and, unless `again`, not yet replayed.

    Raises:
        InputError: a place where there is no letter.
    """
    by_place = {letter.place: letter for letter in letters}
    for place in places:
        if place not in by_place:
            raise InputError(f"There is no dead letter {place}: `jisi dlq list` names them as topic/partition/offset.")
    chosen = [by_place[place] for place in dict.fromkeys(places)] if places else list(by_place.values())
    return [letter for letter in chosen if code in (None, letter.code) and (again or not letter.replays)]


async def _all_partitions(kafka: KafkaConnection) -> list[TopicPartition]:
    """Give every partition there is; asking for a topic by name might create it."""
    admin = AIOKafkaAdminClient(**kafka.options())
    try:
        await admin.start()
        described = await admin.describe_topics()
    finally:
        await admin.close()
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]


async def _unread(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    """Whether any partition is not read to the end it had."""
    positions = await asyncio.gather(*(consumer.position(partition) for partition in ends))
    return any(position < end for position, end in zip(positions, ends.values(), strict=True))


def _object(value: bytes | None) -> dict[str, Any]:
    """Read a JSON object; empty where it is none."""
    try:
        body = json.loads(value or b"")
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _renamed(value: bytes | None, query_id: str) -> bytes:
    """Give a query's body with another id."""
    return json.dumps({**_object(value), "query_id": query_id}).encode()
