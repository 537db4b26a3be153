"""Tell the settled bill of a query whose answer left while a call was still running."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import driver_connection
from jisi.ledger.context import load_contexts
from jisi.ledger.drafts import bill
from jisi.ledger.outcomes import Outcome
from jisi.messaging.progress import ProgressEvents, progress


async def tell_settled_bills(
    engine: AsyncEngine, events: ProgressEvents, outcomes: Sequence[Outcome], entered: Mapping[int, bool]
) -> None:
    """Emit `settled` for each query of which no call runs any more, and whose answer had left before these ended.

    They may have ended well: an answer's notification and the last word of a response cross.
    """
    late = sorted({outcome.task.query_uid for outcome in outcomes if entered.get(outcome.task.id)})
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
