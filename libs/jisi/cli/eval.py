"""`jisi eval`: what routing and aggregation gain on recorded responses, for ours and for every baseline."""

import asyncio
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import typer

from jisi.artefacts import cache_folder
from jisi.cli.eval_live import LIVE_ROWS, LiveOptions, LivePool, LiveRows, MaxCalls, MaxCost
from jisi.cli.eval_services import compare_with_services, require_comparable
from jisi.cli.eval_view import EvalView, eval_view
from jisi.cli.output import notes, print_line, results
from jisi.cli.remembering import remembering_embedder
from jisi.cli.replay_view import show_report
from jisi.errors import InputError
from jisi.evaluation.metrics.measurement import Measurement
from jisi.evaluation.recordings.candidates import Candidates
from jisi.evaluation.recordings.preparing import file_digest
from jisi.evaluation.references import measure_references
from jisi.evaluation.reports.assembling import Run, assemble
from jisi.evaluation.reports.csv_rows import csv_text
from jisi.evaluation.reports.html_page import html_page
from jisi.evaluation.reports.paper import paper_grids, paper_markdown
from jisi.evaluation.reports.report import BankFile
from jisi.evaluation.reports.study import Study
from jisi.evaluation.reports.table import print_report
from jisi.evaluation.request import EvaluationRequest, Split
from jisi.evaluation.routers.catalogue import DEFAULT_ROUTERS, routers_named
from jisi.evaluation.routers.left_out import require_quick_to_fit, slow_to_fit
from jisi.evaluation.routers.protocol import Router
from jisi.evaluation.running import Evaluation
from jisi.evaluation.studies.conducting import STUDIES, StudyName, conduct

app = typer.Typer(add_completion=False)

Preset = Literal["paper"]
WIDTH = 110
"""Columns of the tables where no terminal says how many there are."""
OF_PAPER: Sequence[StudyName] = ("ablation", "scaling")
"""Studies that the paper's tables are drawn from."""


@app.command("eval")
def evaluate(
    banks: Annotated[
        list[Path], typer.Argument(metavar="BANK...", help="Bank files, or folders with train and test files.")
    ],
    *,
    test: Annotated[
        list[Path] | None, typer.Option(help="File whose rows are tested; may be given several times.")
    ] = None,
    routers: Annotated[
        list[str] | None,
        typer.Option(
            help="Which, by name, separated by commas: all, singles, knn, jisi:switch_threshold=0.9, my_file.py:Mine, "
            f"... Default: {', '.join(DEFAULT_ROUTERS)}."
        ),
    ] = None,
    split: Annotated[
        Split, typer.Option(help="The files' own, folds of the train rows, or each train row against all others.")
    ] = "own",
    folds: Annotated[int, typer.Option(min=2, help="How many, with --split folds.")] = 5,
    seed: Annotated[int, typer.Option(help="Of folds, bootstrap and routers that draw lots.")] = 42,
    pool: Annotated[
        Path | None,
        typer.Option(help="Models to choose among: pool.toml. Default: meta.json beside the bank, else all."),
    ] = None,
    studies: Annotated[
        list[str] | None, typer.Option(help=f"Studies to add: all, or some of {', '.join(STUDIES)}.")
    ] = None,
    preset: Annotated[
        Preset | None, typer.Option(help="Lay the run out as the tables of the paper.", show_default=False)
    ] = None,
    empty_responses: Annotated[
        bool,
        typer.Option("--empty-responses", help="Take empty responses as they are, as the reference implementation."),
    ] = False,
    against_services: Annotated[
        bool,
        typer.Option(
            "--against-services",
            help="Replay the test rows through the services too, and compare every decision with the maths.",
        ),
    ] = False,
    live: LivePool = None,
    live_rows: LiveRows = LIVE_ROWS,
    max_cost: MaxCost = None,
    max_calls: MaxCalls = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write all figures as JSON.")] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write router by dataset.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with plots.")] = None,
) -> None:
    """Measure routers on the recorded responses of BANK: no service, and but for --live no call to any model.

    Embeddings are kept in the user's cache folder: interrupted, the same command goes on where it stopped.
    """
    request = EvaluationRequest(
        banks=banks,
        tests=test or (),
        pool=pool or live,
        split=split,
        folds=folds,
        seed=seed,
        empty_as_they_are=empty_responses,
    )
    wanted = list(dict.fromkeys([*_studies(_separate(studies)), *(OF_PAPER if preset == "paper" else ())]))
    if against_services:
        require_comparable(request)
    with eval_view(notes()) as view:
        view.say("reading which models were recorded")
        candidates = request.candidates()
        chosen = _routers(_separate(routers), candidates.names, split, view)
        evaluation, embedder = asyncio.run(_prepare(request, candidates, view))
        measured = _measure(evaluation, chosen, view)
        found = [study for name in wanted for study in _conduct(name, evaluation, view)]
        view.say("putting the report together")
        report = assemble(measured, _run_of(request, embedder), studies=found)
        if live is not None:
            options = LiveOptions(pool=live, rows=live_rows, max_cost=max_cost, max_calls=max_calls)
            report = options.add_to(
                report, evaluation, files=request.files, routers=chosen, measured=measured, view=view
            )
    if against_services:
        report = report.model_copy(update={"services": compare_with_services(request)})
    with eval_view(notes()) as view:
        view.say("writing")
        _write(json_file, lambda: report.model_dump_json(indent=2) + "\n")
        _write(csv_file, lambda: csv_text(report))
        _write(html_file, lambda: html_page(report, appendix=paper_grids(report) if preset == "paper" else ()))
    if preset == "paper":
        print_line(paper_markdown(report))
    else:
        console = results()
        if not console.is_terminal:
            console.width = WIDTH
        print_report(report, console)
    if report.services is not None:
        show_report(report.services)
        if report.services.answered < report.services.rows or report.services.disagreements:
            raise typer.Exit(1)


def _routers(names: Sequence[str], models: Sequence[str], split: Split, view: EvalView) -> list[Router]:
    """Make the routers before anything is embedded: a wrong name is to be told at once."""
    routers = routers_named(names or DEFAULT_ROUTERS, models)
    if split != "leave-one-out":
        return routers
    if names:
        require_quick_to_fit(routers)
    slow = slow_to_fit(routers)
    if slow:
        listed = ", ".join(router.name for router in slow)
        view.note(f"left out, for each would be fitted anew for every row: {listed}; --split folds takes all")
    return [router for router in routers if router not in slow]


async def _prepare(request: EvaluationRequest, candidates: Candidates, view: EvalView) -> tuple[Evaluation, str]:
    """Read and embed the recordings; gives the embedder's identity too."""
    async with remembering_embedder() as embedder:
        folder = cache_folder() / "evaluation"
        prepared = request.prepare(embedder, folder, say=view.say, embedded=view.embedded, candidates=candidates)
        return await prepared, embedder.identity


def _measure(evaluation: Evaluation, routers: Sequence[Router], view: EvalView) -> list[Measurement]:
    view.routing("routing", len(routers) * evaluation.rows)
    return [*evaluation.run(routers, done=view.routed), *measure_references(evaluation)]


def _conduct(name: StudyName, evaluation: Evaluation, view: EvalView) -> Sequence[Study]:
    view.say(f"study: {name}")
    return conduct(name, evaluation, done=view.routed)


def _separate(given: Sequence[str] | None) -> list[str]:
    """Give names that were given one by one, or separated by commas or spaces."""
    return [name for text in given or () for name in text.replace(",", " ").split()]


def _studies(given: Sequence[str]) -> list[StudyName]:
    for name in given:
        if name not in (*STUDIES, "all"):
            raise InputError(f"There is no study {name!r}: take all, or some of {', '.join(STUDIES)}.")
    return [name for name in STUDIES if name in given or "all" in given]


def _write(file: Path | None, text: Callable[[], str]) -> None:
    """Write what was asked for."""
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(), encoding="utf-8")


def _run_of(request: EvaluationRequest, embedder: str) -> Run:
    return Run(
        version=version("jisi"),
        banks=[BankFile(file=file.name, sha256=file_digest(file)) for file in request.files],
        embedder=embedder,
        split=f"{request.folds} folds" if request.split == "folds" else request.split,
        seed=request.seed,
    )
