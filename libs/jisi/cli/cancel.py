"""`jisi cancel`: stop a query."""

import asyncio
from contextlib import aclosing
from typing import Annotated

import typer

from jisi.cli.addresses import KafkaAddress, find_kafka
from jisi.cli.output import AsJson, notes, print_json
from jisi.contracts.answer import AnswerV1
from jisi.contracts.metadata import tenant_of

app = typer.Typer(add_completion=False)

OUTCOME_SECONDS = 3.0
"""A query that runs is answered within a second of its cancellation; one that is not known is not answered at all."""


@app.command()
def cancel(
    query_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the query.")],
    *,
    tenant: Annotated[str, typer.Option(help="Whose query it is.", show_default=False)] = "",
    as_json: AsJson = False,
) -> None:
    """Stop a query: its running calls end within a second. One that is not there yet will not begin."""
    answer = asyncio.run(_cancel(find_kafka(), query_id, tenant))
    if as_json:
        told = None if answer is None else answer.model_dump(mode="json")
        print_json({"query_id": query_id, "tenant": tenant, "cancelled": True, "answer": told})
    elif answer is None:
        notes().print(
            f"Asked to stop {query_id}. It is not under way: answered before, or not there yet, then it will not begin."
        )
    else:
        notes().print(f"{query_id}: {answer.status}{f' ({answer.code})' if answer.code else ''}")


async def _cancel(address: KafkaAddress, query_id: str, tenant: str) -> AnswerV1 | None:
    """Ask for it, and give the answer that it brings about, if any."""
    async with address.client() as jisi:
        await jisi.cancel(query_id, tenant=tenant)
        try:
            async with asyncio.timeout(OUTCOME_SECONDS), aclosing(jisi.answers()) as answers:
                async for answer in answers:
                    if (answer.query_id, tenant_of(answer.metadata)) == (query_id, tenant):
                        return answer
        except TimeoutError:
            pass
    return None
