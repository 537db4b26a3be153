"""Work a batch so that nothing is lost and no poison costs its neighbours.

Transient errors pause and redeliver; a batch that fails otherwise is split until the culprit stands alone, and that one
is dead-lettered with its reason. The offsets are committed only after all of this is done.
"""

import asyncio
import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from jisi.database import is_database_outage
from jisi.errors import JisiError, TransientError
from jisi.messaging import dead_letter_headers as names
from jisi.messaging.publisher import Publication, Publisher, RecordTooLargeError
from jisi.messaging.records import TRACEPARENT, Record
from jisi.telemetry.metrics import Metrics
from jisi.telemetry.spans import Span
from jisi.telemetry.tracing import Tracing

LONGEST_PAUSE_SECONDS = 5.0
"""Well below max.poll.interval, so that a waiting consumer stays a member of its group."""
LONGEST_ERROR = 20_000
"""Characters of a traceback that are kept in a header."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delivery(Generic[T]):
    """A record and what was read from it."""

    record: Record
    content: T
    span: Span
    """The consumer's span: parent of all that is done about the record."""


class RejectedError(Exception):
    """Some records of a batch cannot be worked, each for its own reason; the rest of the batch is done."""

    def __init__(self, rejected: Sequence[tuple[Record, JisiError]]) -> None:
        super().__init__(f"{len(rejected)} records rejected")
        self.rejected = rejected


class BatchHandler(Protocol[T]):
    """What a service does with a topic."""

    def decode(self, record: Record) -> T:
        """Read a record; raises PermanentError if it cannot be one of ours."""
        ...

    def query_key(self, content: T) -> str | None:
        """Name the query a record is about, for its span."""
        ...

    async def work(self, batch: Sequence[Delivery[T]]) -> None:
        """Do the whole batch in one unit of work; called again with parts of it when it fails."""
        ...

    async def given_up(self, record: Record, error: Exception) -> None:
        """Tell whoever waits for a record that was just dead-lettered."""
        ...


def is_transient(error: BaseException) -> bool:
    """Whether an error is nobody's fault: Postgres or Kafka is down or busy."""
    if isinstance(error, MessageSizeTooLargeError):
        return False  # of all that Kafka may say this alone will not pass
    known = (TransientError, PoolTimeoutError, KafkaError, TimeoutError)
    return isinstance(error, known) or is_database_outage(error)


@dataclass(slots=True)
class Guard(Generic[T]):
    """Runs one handler's batches."""

    handler: BatchHandler[T]
    publisher: Publisher
    dead_letters: Callable[[str], str]
    """Name of the dead-letter topic of a topic."""
    service: str
    """Name of the process, for dead letters."""
    group: str
    tracing: Tracing
    metrics: Metrics
    failures: int = field(default=0, init=False)
    log: logging.Logger = field(default_factory=lambda: logging.getLogger(__name__), init=False)

    async def run(self, records: Sequence[Record]) -> None:
        """Work a batch as read from Kafka.

        Raises:
            Exception: a transient one, after a pause: nothing may be committed, the batch comes again.
        """
        topic = records[0].topic
        self.metrics.batch_messages.labels(topic).observe(len(records))
        deliveries: list[Delivery[T]] = []
        with self.metrics.handler_seconds.labels(topic).time():
            try:
                deliveries = await self._decoded(records)
                await self._work(deliveries)
            except Exception as error:
                for delivery in deliveries:
                    self.tracing.end(delivery.span, error)
                if not is_transient(error):
                    raise
                self.metrics.messages.labels(topic, "retried").inc(len(records))
                await self._pause(topic, error)
                raise
        for delivery in deliveries:
            self.tracing.end(delivery.span)
        self.metrics.messages.labels(topic, "done").inc(len(deliveries))
        self.failures = 0

    async def _pause(self, topic: str, error: Exception) -> None:
        self.failures += 1
        pause = min(LONGEST_PAUSE_SECONDS, 0.1 * 2**self.failures)
        self.log.warning("%s: %s; again in %.1f s", topic, _sentence(error), pause)
        await asyncio.sleep(pause)

    async def _decoded(self, records: Sequence[Record]) -> list[Delivery[T]]:
        deliveries = []
        for record in records:
            try:
                content = self.handler.decode(record)
                deliveries.append(Delivery(record, content, self._span(record, content)))
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is this record's alone
                await self._give_up(record, error)
        return deliveries

    async def _work(self, batch: Sequence[Delivery[T]]) -> None:
        if not batch:
            return
        try:
            await self.handler.work(batch)
        except RejectedError as error:
            for record, reason in error.rejected:
                await self._give_up(record, reason)
        except Exception as error:
            if is_transient(error):
                raise
            if len(batch) == 1:
                self.tracing.end(batch[0].span, error)
                await self._give_up(batch[0].record, error)
                return
            middle = len(batch) // 2
            await self._work(batch[:middle])
            await self._work(batch[middle:])

    def _span(self, record: Record, content: T) -> Span:
        return self.tracing.consume(
            record.topic,
            record,
            group=self.group,
            query_id=self.handler.query_key(content),
            traceparent=record.header(TRACEPARENT),
        )

    async def _give_up(self, record: Record, error: Exception) -> None:
        code = error.code if isinstance(error, JisiError) else "bug"
        self.log.warning("dead letter %s (%s): %s", record.place, code, _sentence(error), exc_info=code == "bug")
        letter = dead_letter(record, error, topic=self.dead_letters(record.topic), service=self.service)
        try:
            await self.publisher.publish_or_raise([letter])
        except RecordTooLargeError as refused:
            self.log.error("%s goes to its dead letters without its content: %s", record.place, refused)  # noqa: TRY400
            bare = replace(record, key=None, value=None, headers=())
            letter = dead_letter(bare, error, topic=letter.topic, service=self.service)
            await self.publisher.publish_or_raise([letter])
        self.metrics.dead_letters.labels(record.topic, code).inc()
        self.metrics.messages.labels(record.topic, "dead_lettered").inc()
        try:
            await self.handler.given_up(record, error)
        except Exception as failure:
            if is_transient(failure):
                raise
            self.log.exception("nobody could be told of dead letter %s", record.place)


def dead_letter(record: Record, error: Exception, *, topic: str, service: str) -> Publication:
    """Make the dead letter of a record: value, key and headers untouched, the reason added."""
    if isinstance(error, JisiError):
        code, reason = error.code, str(error)
    else:
        code, reason = "bug", "".join(traceback.format_exception(error))
    added = {
        names.CODE: code,
        names.ERROR: reason[-LONGEST_ERROR:],
        names.SOURCE: record.place,
        names.AT: datetime.now(UTC).isoformat(),
        names.SERVICE: service,
    }
    kept = [(name, value) for name, value in record.headers if value is not None and name not in added]
    encoded = [(name, text.encode(errors="backslashreplace")) for name, text in added.items()]
    return Publication(topic=topic, key=record.key, value=record.value, headers=[*kept, *encoded])


def _sentence(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}"
