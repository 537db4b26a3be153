"""Accept queries: embed, plan, enter, and send the first wave out (ALGORITHM.md 1, 2)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from jisi.contracts.events import GenerationV1
from jisi.contracts.identity import RecordOrigin, query_key
from jisi.contracts.query import CancelV1, MalformedQueryError, QueryV1
from jisi.contracts.topics import Topics
from jisi.database import driver_connection
from jisi.errors import JisiError, PermanentError
from jisi.ledger.context import load_contexts, settings_document
from jisi.ledger.drafts import Verdict, failed
from jisi.ledger.outbox import Outbox, Outgoing
from jisi.ledger.writer import AnswerWriter, Conclusion
from jisi.messaging.guard import Delivery, RejectedError
from jisi.messaging.progress import ProgressEvents, progress
from jisi.messaging.records import Record
from jisi.routing.documents import pack, plan_document
from jisi.telemetry.tracing import Tracing
from sqlalchemy.ext.asyncio import AsyncEngine

from services.router.planning import Planner, PlanRequest
from services.router.store import accept_queries, enter_unplanned, known_queries, leave_tombstones
from services.router.values import NewQuery, PlannedQuery

CANCELLED = failed("the query was cancelled", "cancelled")
EXPIRED = failed("the query's deadline had passed when it arrived", "deadline")


class IdConflictError(PermanentError):
    """The id is taken by another query: ask again under a new one; the first query's answer stands."""

    code = "id_conflict"


@dataclass(frozen=True, slots=True)
class _Incoming:
    """A query as it came."""

    record: Record
    contract: QueryV1
    query: NewQuery


class RouteQuery:
    """Takes queries and cancellations in."""

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        planner: Planner,
        outbox: Outbox,
        writer: AnswerWriter,
        progress: ProgressEvents,
        tracing: Tracing,
        topics: Topics,
        first_wave_share: float,
    ) -> None:
        self._engine = engine
        self._planner = planner
        self._outbox = outbox
        self._writer = writer
        self._progress = progress
        self._tracing = tracing
        self._topics = topics
        self._first_wave_share = first_wave_share

    async def accept(self, batch: Sequence[Delivery[QueryV1 | CancelV1]]) -> None:
        """Take in a batch, in the order in which it came for each id.

        Raises:
            RejectedError: ids that are taken by other queries; all others are done.
        """
        first: dict[UUID, _Incoming] = {}
        repeated: list[_Incoming] = []
        cancels: list[NewQuery] = []
        for delivery in batch:
            match delivery.content:
                case CancelV1() as cancel:
                    cancels.append(cancel_of(cancel, delivery))
                case QueryV1() as contract:
                    incoming = _Incoming(delivery.record, contract, query_of(contract, delivery))
                    if first.setdefault(incoming.query.uid, incoming) is not incoming:
                        repeated.append(incoming)
        new = await self._enter(list(first.values()))
        repeated += [incoming for uid, incoming in first.items() if uid not in new]
        conflicts = await self._again(repeated)
        await self._cancel(cancels)
        if conflicts:
            raise RejectedError(conflicts)

    async def give_up(self, record: Record, contract: QueryV1, reason: str) -> None:
        """Answer a query `failed` that could not be worked and stands in the dead-letter topic."""
        await self._answer_at_once([(new_query(contract, origin_of(record)), failed(reason, "internal_error"))])

    async def refuse(self, record: Record, error: MalformedQueryError) -> None:
        """Answer a malformed record `failed`, if its id can be read; it was dead-lettered before."""
        if error.query_id is None:
            return
        origin, query_id, tenant = origin_of(record), error.query_id, error.tenant
        body = QueryV1.model_construct(query_id=query_id, query="", metadata={"tenant": tenant} if tenant else {})
        query = new_query(body, origin, body_hash=hashlib.sha256(b"refused:" + origin.value).digest())
        await self._answer_at_once([(query, failed(str(error), error.code))])

    async def _enter(self, incoming: Sequence[_Incoming]) -> set[UUID]:
        """Enter queries, those that need no work as answered; gives those not known before."""
        now = datetime.now(UTC)
        at_once: list[tuple[NewQuery, Verdict]] = []
        to_plan: list[_Incoming] = []
        for one in incoming:
            unknown = self._planner.unknown_models(one.contract.models)
            if one.query.deadline_at <= now:
                at_once.append((one.query, EXPIRED))
            elif unknown:
                names = ", ".join(unknown)
                at_once.append((one.query, failed(f"not among the pool's eligible models: {names}", "unknown_model")))
            else:
                to_plan.append(one)
        done = await self._answer_at_once(at_once)
        return done | await self._plan_and_enter(to_plan)

    async def _plan_and_enter(self, incoming: Sequence[_Incoming]) -> set[UUID]:
        if not incoming:
            return set()
        spans = [self._tracing.stage("jisi.plan", one.query.traceparent) for one in incoming]
        requests = [
            PlanRequest(text=one.contract.text, models=one.contract.models, max_calls=one.contract.max_calls)
            for one in incoming
        ]
        made = await self._planner.plan(requests)
        settings = settings_document(self._planner.settings)
        now = datetime.now(UTC)
        planned, events = [], []
        for one, plan, span in zip(incoming, made.plans, spans, strict=True):
            span.attributes["jisi.bank.version"] = made.bank_version
            span.attributes["jisi.support.size"] = 0 if plan.support is None else len(plan.support)
            span.attributes["jisi.probes"] = list(plan.probes)
            self._tracing.end(span)
            planned.append(
                PlannedQuery(
                    query=one.query,
                    bank_version=made.bank_version,
                    pool_version=made.pool_version,
                    settings=settings,
                    ranking=plan.ranking,
                    document=pack(plan_document(plan)),
                    probes=plan.probes,
                    first_wave_closes_at=now + self._first_wave_share * (one.query.deadline_at - now),
                )
            )
            events += [self._generation(one.query, model, span.carrier) for model in plan.probes]
        async with driver_connection(self._engine, autocommit=True) as connection:
            accepted = await accept_queries(connection, planned, events)
        await self._outbox.publish(events, moved=accepted)
        self._progress.emit(
            [
                progress(
                    one.query.query_id,
                    one.query.tenant,
                    "accepted",
                    probes=one.probes,
                    deadline_ms=int(one.query.deadline_at.timestamp() * 1000),
                )
                for one in planned
                if one.query.uid in accepted
            ]
        )
        return accepted

    def _generation(self, query: NewQuery, model: str, parent: str) -> Outgoing:
        event = GenerationV1(query=query.uid, model=model, wave=1)
        return self._outbox.outgoing(query.uid, self._topics.generation, event.encode(), parent)

    async def _again(self, repeated: Sequence[_Incoming]) -> list[tuple[Record, JisiError]]:
        """Deal with ids that are known: the same query gets its answer again; gives those that conflict."""
        if not repeated:
            return []
        async with driver_connection(self._engine, autocommit=True) as connection:
            known = await known_queries(connection, [one.query.uid for one in repeated])
        conflicts: list[tuple[Record, JisiError]] = []
        for one in repeated:
            stored = known[one.query.uid]
            if stored.is_tombstone:
                await self._answer_at_once([(one.query, CANCELLED)])
            elif stored.body_hash != one.query.body_hash:
                message = f"the id {one.query.query_id!r} is taken by another query: ask under a new id"
                conflicts.append((one.record, IdConflictError(message)))
            elif one.contract.query_id is not None:  # else it is the same record, delivered once more
                await self._writer.publish_again(one.query.uid, one.query.query_id, one.query.traceparent)
        return conflicts

    async def _answer_at_once(self, queries: Sequence[tuple[NewQuery, Verdict]]) -> set[UUID]:
        """Enter and answer queries without any work; gives those that had no answer and no plan before."""
        if not queries:
            return set()
        async with driver_connection(self._engine, autocommit=True) as connection:
            entered = await enter_unplanned(connection, [query for query, _ in queries])
        await self._conclude({query.uid: verdict for query, verdict in queries if query.uid in entered})
        return entered

    async def _cancel(self, cancels: Sequence[NewQuery]) -> None:
        """Answer queries `failed: cancelled`; one not seen yet leaves a tombstone."""
        if not cancels:
            return
        unique = {query.uid: query for query in cancels}
        async with driver_connection(self._engine, autocommit=True) as connection:
            seen = await leave_tombstones(connection, list(unique.values()))
        await self._conclude(dict.fromkeys(seen, CANCELLED))

    async def _conclude(self, verdicts: dict[UUID, Verdict]) -> None:
        if not verdicts:
            return
        async with driver_connection(self._engine, autocommit=True) as connection:
            contexts = await load_contexts(connection, list(verdicts))
        await self._writer.write(
            [
                Conclusion(context=context, verdict=verdicts[uid], parent=context.traceparent)
                for uid, context in contexts.items()
                if context.state != "answered"
            ]
        )


def query_of(contract: QueryV1, delivery: Delivery[QueryV1 | CancelV1]) -> NewQuery:
    """Make the row of a query; its consumer's span is the root of its trace."""
    return new_query(contract, origin_of(delivery.record), traceparent=delivery.span.carrier)


def cancel_of(cancel: CancelV1, delivery: Delivery[QueryV1 | CancelV1]) -> NewQuery:
    """Make the tombstone of a query that may not have come yet."""
    body = QueryV1.model_construct(query_id=cancel.cancel, query="", metadata={"tenant": cancel.tenant})
    return new_query(body, origin_of(delivery.record), body_hash=b"", traceparent=delivery.span.carrier)


def origin_of(record: Record) -> RecordOrigin:
    """Tell where a record was read."""
    return RecordOrigin(record.topic, record.partition, record.offset, record.timestamp_ms, record.value or b"")


def new_query(
    contract: QueryV1, origin: RecordOrigin, *, body_hash: bytes | None = None, traceparent: str = ""
) -> NewQuery:
    """Make the row of a query from its contract and the record it came in."""
    query_id = contract.query_id or origin.derived_id()
    now = datetime.now(UTC)
    told = origin.timestamp_ms / 1000  # by the producer, whose clock may be wrong; -1 where it told none
    received_at = datetime.fromtimestamp(told, UTC) if 0 <= told < now.timestamp() else now
    return NewQuery(
        uid=query_key(contract.tenant, query_id),
        tenant=contract.tenant,
        query_id=query_id,
        body_hash=contract.body_hash() if body_hash is None else body_hash,
        chat=json.dumps([turn.model_dump() for turn in contract.chat]),
        mode=contract.mode,
        metadata=json.dumps(contract.metadata),
        max_calls=contract.max_calls,
        max_cost=contract.max_cost_usd,
        received_at=received_at,
        deadline_at=received_at + timedelta(milliseconds=contract.deadline_ms),
        traceparent=traceparent,
    )
