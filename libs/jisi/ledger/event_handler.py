"""The handler of an internal topic: events in, one call each, and the query answered when an event cannot be worked."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from jisi.contracts.events import Event, parse_event
from jisi.ledger.writer import AnswerWriter
from jisi.messaging.guard import Delivery
from jisi.messaging.records import Record

E = TypeVar("E", bound=Event)


class EventHandler(Generic[E]):
    """Works the events of one contract."""

    def __init__(
        self, contract: type[E], work: Callable[[Sequence[Delivery[E]]], Awaitable[None]], writer: AnswerWriter
    ) -> None:
        self._contract = contract
        self._work = work
        self._writer = writer

    def decode(self, record: Record) -> E:
        """Read an event."""
        return parse_event(self._contract, record.value)

    def query_key(self, content: E) -> str | None:
        """Name the query's key."""
        return str(content.query)

    async def work(self, batch: Sequence[Delivery[E]]) -> None:
        """Hand the batch to its service."""
        await self._work(batch)

    async def given_up(self, record: Record, error: Exception) -> None:
        """Answer the query with what is there: its event is in the dead-letter topic."""
        await self._writer.give_up(record.value, error)
