"""`jisi why`: explain an answer from what is stored of it."""

import dataclasses
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.cli.explanation import Evidence, evidence, lead, model_scores, nearest_items
from jisi.cli.on_database import run_on_database
from jisi.cli.output import AsJson, print_json, results
from jisi.cli.why_view import show_record
from jisi.database import driver_connection
from jisi.ledger.record import QueryRecord, load_record
from jisi.support.describe import describe
from jisi.telemetry.spantree import SpanNode, read_span_tree

app = typer.Typer(add_completion=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A record with what it names, read from where that is stored."""

    record: QueryRecord
    evidence: Evidence | None
    spans: tuple[SpanNode, ...]


@app.command()
def why(
    query_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the query.")],
    *,
    tenant: Annotated[str, typer.Option(help="Whose query it is.", show_default=False)] = "",
    neighbours: Annotated[int, typer.Option(min=0, help="Items of the support set to show.")] = 8,
    spans: Annotated[bool, typer.Option(help="Show the trace.")] = True,
    texts: Annotated[bool, typer.Option("--texts", help="Show the experts' responses whole.")] = False,
    as_json: AsJson = False,
) -> None:
    """Explain an answer: the neighbours with their scores, prior and refined scores, decision, calls, bill, times."""
    explained = run_on_database(lambda engine: explain(engine, tenant, query_id, neighbours=neighbours, spans=spans))
    if as_json:
        print_json(explanation_document(explained))
    else:
        show_record(results(), explained.record, explained.evidence, explained.spans, texts=texts)


async def explain(engine: AsyncEngine, tenant: str, query_id: str, *, neighbours: int, spans: bool) -> Explained:
    """Read all that explains a query.

    Raises:
        UnknownQueryError: there is none of this id and tenant.
    """
    record = await load_record(engine, tenant, query_id)
    async with driver_connection(engine, autocommit=True) as connection:
        items = await describe(connection, nearest_items(record, neighbours))
    return Explained(
        record=record,
        evidence=evidence(record, items, neighbours),
        spans=await read_span_tree(engine, record.trace_id) if spans and record.trace_id else (),
    )


def explanation_document(explained: Explained) -> dict[str, Any]:
    """Give the explanation as JSON values."""
    record = explained.record
    ahead = lead(record)
    moments = {
        "received_at": record.received_at,
        "accepted_at": record.accepted_at,
        "first_wave_at": record.first_wave_at,
        "candidates_at": record.candidates_at,
        "decided_at": record.decided_at,
        "answered_at": record.answered_at,
        "deadline_at": record.deadline_at,
    }
    return {
        "query_id": record.query_id,
        "tenant": record.tenant,
        "state": record.state,
        "text": record.text,
        "options": record.options,
        "metadata": record.metadata,
        "moments": {name: None if moment is None else moment.isoformat() for name, moment in moments.items()},
        "bank_version": record.bank_version,
        "pool_version": record.pool_version,
        "plan_recomputed": record.plan_recomputed,
        "settings": dataclasses.asdict(record.settings),
        "evidence": explained.evidence and dataclasses.asdict(explained.evidence),
        "scores": [dataclasses.asdict(score) for score in model_scores(record)],
        "lead": ahead and dataclasses.asdict(ahead),
        "aggregators": record.aggregators,
        "decision": record.decision and dataclasses.asdict(record.decision),
        "responses": [dataclasses.asdict(response) for response in record.responses],
        "calls": [call.model_dump(mode="json") for call in record.calls],
        "answer": record.answer and record.answer.model_dump(mode="json"),
        "settled_bill": record.settled_bill.model_dump(mode="json"),
        "repeats": record.repeats,
        "trace_id": record.trace_id,
        "spans": [dataclasses.asdict(span) for span in explained.spans],
    }
