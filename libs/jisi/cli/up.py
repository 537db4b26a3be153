"""`jisi up`: the whole system on this machine."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from jisi.cli.long_running import run_to_end, unless_it_fails
from jisi.cli.obtaining import obtain
from jisi.cli.output import AsJsonLines, notes
from jisi.cli.pool_source import PoolSource, choose_pool
from jisi.cli.preparing import prepare
from jisi.cli.up_view import UpView
from jisi.stack.services import SERVICES
from jisi.stack.settings import StackSettings
from jisi.stack.stack import Stack

app = typer.Typer(add_completion=False)


@app.command()
def up(
    *,
    replicas: Annotated[
        list[str] | None,
        typer.Option(help="Processes of a service, such as generator=3; several by comma or again.", show_default="1"),
    ] = None,
    pool: Annotated[
        str | None,
        typer.Option(
            help="The models: simulated (no key needed), local (a small real one on this machine, fetched once), replay"
            " (recorded responses), a pool.toml, or applied (those applied before).",
            show_default="as last time, simulated at first",
        ),
    ] = None,
    recorded: Annotated[
        list[Path] | None,
        typer.Option(help="Bank file whose responses are replayed, its meta.json beside it.", show_default=False),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of all data, logs and state.", show_default="JISI_DATA")
    ] = None,
    as_json: AsJsonLines = False,
) -> None:
    """Start Kafka, Postgres and all services, or only the services where JISI_KAFKA and JISI_DATABASE_URL are given.

    Kafka and Postgres need no Docker: they are fetched once and run from the data folder. Ctrl-C ends everything; the
    data stays.
    """
    given: dict[str, Any] = {"replicas": ",".join(replicas) if replicas else None, "data": data}
    settings = StackSettings(**{name: value for name, value in given.items() if value is not None})
    settings = settings.model_copy(update={"data": settings.data.expanduser().resolve()})
    _require_services(settings)
    view = UpView(notes(), as_json=as_json)
    # Said above the live table, where it stays.
    say = view.say if as_json else partial(notes().print, markup=False, soft_wrap=True)
    source = obtain(choose_pool(settings, pool, recorded or ()), settings, say=say)
    with view:
        try:
            run_to_end(_run(settings, source, view))
        finally:
            view.say(f"Stopped; the data stays in {settings.data}.")


def _require_services(settings: StackSettings) -> None:
    names = [service.name for service in SERVICES]
    for name in settings.replicas:
        if name not in names:
            raise typer.BadParameter(f"--replicas: there is no service {name}; there are {', '.join(names)}.")


async def _run(settings: StackSettings, source: PoolSource, view: UpView) -> None:
    async with Stack(settings, extra_processes=source.processes, on_change=view.changed) as stack:
        preparing = prepare(stack.database_url, settings.data, source, processes=lambda: stack.processes, say=view.say)
        await unless_it_fails(stack, preparing)
        view.ready(stack)
        await stack.run()
