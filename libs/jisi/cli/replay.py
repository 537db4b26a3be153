"""`jisi replay`: the whole system on recorded responses, every decision held against the maths."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from jisi.cli.long_running import run_to_end
from jisi.cli.output import AsJson, notes, print_json
from jisi.cli.replay_view import ReplayView, show_report
from jisi.cli.replaying import IN_FLIGHT, replay_family
from jisi.evaluation.replay.family import read_family
from jisi.evaluation.replay.report import ReplayReport

app = typer.Typer(add_completion=False)


@app.command()
def replay(
    family: Annotated[
        Path, typer.Argument(metavar="FAMILY", help="Folder with train.jsonl.gz, test.jsonl.gz and meta.json.")
    ],
    *,
    report: Annotated[Path | None, typer.Option(help="Write the figures here, as JSON.", show_default=False)] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Ask only so many test rows, evenly spread.", show_default=False)
    ] = None,
    in_flight: Annotated[int, typer.Option(min=1, help="Queries under way at once.")] = IN_FLIGHT,
    logs: Annotated[Path | None, typer.Option(help="Keep the services' logs here.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Import the train rows of FAMILY, ask the services its test rows, and compare each decision with the pure maths.

    The models' recorded responses answer, over HTTP; a fusion, which was never recorded, is replayed by its first
    reference and scored as such. Ends with code 1 where an answer is missing or a decision differs by more than
    rounding.
    """
    with ReplayView(notes(), silent=as_json) as view:
        figures = run_to_end(_replay(family, limit=limit, in_flight=in_flight, logs=logs, view=view))
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(figures.model_dump_json(indent=2) + "\n")
    if as_json:
        print_json(figures)
    else:
        show_report(figures)
    if figures.answered < figures.rows or figures.disagreements:
        raise typer.Exit(1)


async def _replay(
    folder: Path, *, limit: int | None, in_flight: int, logs: Path | None, view: ReplayView
) -> ReplayReport:
    view.say("reading the files")
    family = await asyncio.to_thread(read_family, folder, limit=limit)
    return await replay_family(family, in_flight=in_flight, logs=logs, view=view)
