"""Which topic goes where: queries to be accepted, responses to be taken in."""

from collections.abc import Sequence

from jisi.contracts.events import ResponseV1
from jisi.contracts.query import CancelV1, MalformedQueryError, QueryV1, parse_query
from jisi.contracts.texts import is_storable
from jisi.ledger.event_handler import EventHandler
from jisi.messaging.guard import Delivery
from jisi.messaging.records import Record
from jisi.runtime.application import Runtime

from services.router.service import IdConflictError, RouteQuery
from services.router.waves import RefineRoute


def register_handlers(runtime: Runtime, route: RouteQuery, refine: RefineRoute) -> None:
    """Attach the router to its topics."""
    runtime.consume(runtime.topics.queries, QueriesHandler(route))
    runtime.consume(runtime.topics.responses, EventHandler(ResponseV1, refine.take, runtime.writer))


class QueriesHandler:
    """The queries topic."""

    def __init__(self, route: RouteQuery) -> None:
        self._route = route

    def decode(self, record: Record) -> QueryV1 | CancelV1:
        """Read a query or a cancellation; one of an id that cannot be stored means no query."""
        content = parse_query(record.value)
        if isinstance(content, CancelV1) and not is_storable(content.cancel):
            raise MalformedQueryError("cancel: an id must not hold NUL or lone surrogates")
        return content

    def query_key(self, content: QueryV1 | CancelV1) -> str | None:
        """Name the asker's id, where one was given."""
        return content.query_id if isinstance(content, QueryV1) else content.cancel

    async def work(self, batch: Sequence[Delivery[QueryV1 | CancelV1]]) -> None:
        """Accept the batch."""
        await self._route.accept(batch)

    async def given_up(self, record: Record, error: Exception) -> None:
        """Answer `failed` what is in the dead-letter topic now."""
        if isinstance(error, IdConflictError):
            return  # the first answer stands
        if isinstance(error, MalformedQueryError):
            await self._route.refuse(record, error)
            return
        match self.decode(record):
            case QueryV1() as contract:
                await self._route.give_up(record, contract, f"the query could not be worked: {type(error).__name__}")
            case CancelV1():
                return
