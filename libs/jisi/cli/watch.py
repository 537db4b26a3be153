"""`jisi watch`: queries on their way, live."""

import asyncio
from contextlib import aclosing
from typing import Annotated

import typer

from jisi.cli.addresses import KafkaAddress, find_kafka
from jisi.cli.output import AsJsonLines, notes, print_json, results
from jisi.cli.watch_view import LinesView, TableView
from jisi.contracts.progress import ProgressV1

app = typer.Typer(add_completion=False)


@app.command()
def watch(
    *,
    rows: Annotated[int, typer.Option(min=1, help="Queries shown at once, the newest.")] = 20,
    tenant: Annotated[str | None, typer.Option(help="Only queries of this tenant.", show_default=False)] = None,
    as_json: AsJsonLines = False,
) -> None:
    """Show every query as it goes through the services, from now on, until Ctrl-C."""
    asyncio.run(_watch(find_kafka(), rows=rows, tenant=tenant, as_json=as_json))


async def _watch(address: KafkaAddress, *, rows: int, tenant: str | None, as_json: bool) -> None:
    console = results()
    async with address.client() as jisi, aclosing(jisi.progress()) as steps:
        if not as_json:
            notes().print("Watching; Ctrl-C ends it.", style="dim")
        with TableView(console, rows=rows) if console.is_terminal and not as_json else LinesView(console) as view:
            async for step in steps:
                if tenant is not None and step.tenant != tenant:
                    continue
                _show(view, step, as_json=as_json)


def _show(view: TableView | LinesView, step: ProgressV1, *, as_json: bool) -> None:
    if as_json:
        print_json(step)
    else:
        view.show(step)
