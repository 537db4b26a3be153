"""Tell the settled bill of a query whose answer left while a call was still running."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import driver_connection
from jisi.ledger.context import load_contexts
from jisi.ledger.drafts import bill
from jisi.ledger.outcomes import Outcome
from jisi.messaging.progress import ProgressEvents, progress


async def tell_settled_bills(engine: AsyncEngine, events: ProgressEvents, outcomes: Sequence[Outcome]) -> None:
    """Emit `settled` for each answered query of which no call runs any more."""
    late = sorted({outcome.task.query_uid for outcome in outcomes if outcome.code == "answered"})
    if not late:
        return
    async with driver_connection(engine, autocommit=True) as connection:
        contexts = await load_contexts(connection, late)
    settled = [(context, bill(context.calls, set())) for context in contexts.values()]
    events.emit(
        [
            progress(context.query_id, context.tenant, "settled", bill=final.model_dump(mode="json"))
            for context, final in settled
            if final.final
        ]
    )
