"""A guard with a scripted handler and a publisher that only remembers: no Kafka, the guard's own logic is real."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from jisi.errors import PermanentError
from jisi.messaging.connection import KafkaConnection
from jisi.messaging.guard import Delivery, Guard, RejectedError
from jisi.messaging.publisher import Publication, Publisher, RecordTooLargeError
from jisi.messaging.records import Record
from jisi.telemetry.metrics import Metrics
from jisi.telemetry.tracing import Tracing


class UnreadableError(PermanentError):
    """What a handler raises for a record it cannot read."""

    code = "unreadable"


def record(number: int, value: bytes = b"good") -> Record:
    """Make a record."""
    return Record(
        topic="t", partition=0, offset=number, timestamp_ms=0, key=b"k", value=value, headers=(("mine", b"\xff"),)
    )


@dataclass
class ScriptedHandler:
    """Reads values as text; what a record's text says happens to it."""

    worked: list[int] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    raise_at_work: Callable[[Sequence[int]], Exception | None] = lambda _: None
    raise_when_told: Exception | None = None

    def decode(self, record: Record) -> str:
        """Read a value."""
        if record.value == b"unreadable":
            raise UnreadableError("no")
        return (record.value or b"").decode()

    def query_key(self, content: str) -> str | None:
        """Name it."""
        return content

    async def work(self, batch: Sequence[Delivery[str]]) -> None:
        """Work a batch: `poison` breaks it, `rejected` is handed back; what is done is done for the whole batch."""
        self.batches.append(len(batch))
        numbers = [one.record.offset for one in batch]
        if (error := self.raise_at_work(numbers)) is not None:
            raise error
        if any(one.content == "poison" for one in batch):
            raise ZeroDivisionError("poison")
        rejected = [(one.record, UnreadableError("rejected")) for one in batch if one.content == "rejected"]
        self.worked += [one.record.offset for one in batch if one.content != "rejected"]
        if rejected:
            raise RejectedError(rejected)

    async def given_up(self, record: Record, error: Exception) -> None:
        """Remember who was told."""
        assert error is not None
        self.told.append(record.offset)
        if self.raise_when_told is not None:
            raise self.raise_when_told


class RememberingPublisher(Publisher):
    """Remembers what it is given."""

    def __init__(self) -> None:
        super().__init__(KafkaConnection("nowhere"))
        self.published: list[Publication] = []
        self.fail_with: BaseException | None = None
        self.refuses: Callable[[Publication], bool] = lambda _: False

    async def publish(
        self, publications: Sequence[Publication], *, timeout_seconds: float = 5.0
    ) -> list[BaseException | None]:
        """Take them but for those it refuses for their size, or fail for all."""
        del timeout_seconds
        if self.fail_with is not None:
            return [self.fail_with] * len(publications)
        self.published += [one for one in publications if not self.refuses(one)]
        return [RecordTooLargeError("too large") if self.refuses(one) else None for one in publications]


def make_guard(handler: ScriptedHandler) -> tuple[Guard[str], RememberingPublisher]:
    """Make a guard around a handler."""
    publisher = RememberingPublisher()
    guard = Guard(
        handler=handler,
        publisher=publisher,
        dead_letters=lambda topic: f"{topic}.dlq",
        service="me",
        group="g",
        tracing=Tracing(),
        metrics=Metrics(),
    )
    return guard, publisher
