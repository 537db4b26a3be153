"""`jisi selector`: fit what method `selector` answers by, and see what a file of it was fitted to."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from jisi.artefacts import cache_folder
from jisi.cli.eval_view import EvalView, eval_view
from jisi.cli.output import AsJson, notes, print_json, results
from jisi.cli.remembering import remembering_embedder
from jisi.evaluation.metrics.paired import Difference
from jisi.evaluation.reports.grid import Grid
from jisi.evaluation.reports.table import rich_table
from jisi.evaluation.request import EvaluationRequest
from jisi.evaluation.running import Evaluation
from jisi.evaluation.selector_training import Worth, compared, cross_validate, train_selector
from jisi.routing.selection import Selector
from jisi.selector.file import load_selector, save_selector

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The fitted selector of method `selector`: train, show."
)

_TEST_FILES = "test."
"""What names of files begin with that are never learnt from."""


@app.command()
def train(
    banks: Annotated[
        list[Path], typer.Argument(metavar="BANK...", help="Bank files, or folders with a train file; train rows only.")
    ],
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write the selector here.")],
    models: Annotated[int, typer.Option(min=1, help="How many models are asked, best by prior.")] = 3,
    seed: Annotated[int, typer.Option(help="Of folds and fits.")] = 42,
    folds: Annotated[int, typer.Option(min=2, help="Of the cross-validation.")] = 5,
    pool: Annotated[
        Path | None,
        typer.Option(help="Models to choose among: pool.toml. Default: meta.json beside the bank, else all."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fit a selector to the recorded responses of BANK, which should be those of the bank the services use.

    It learns which of the best models' responses is right from who agrees with whom, from how good they are on
    neighbours, and from lengths. Cross-validation tells what it is worth beside the other methods. The services use it
    with JISI_ROUTING_METHOD=selector and JISI_SELECTOR_FILE.
    """
    request = EvaluationRequest(banks=_train_files(banks), pool=pool, split="folds", folds=folds, seed=seed)
    with eval_view(notes()) as view:
        evaluation, embedder = asyncio.run(_prepare(request, view))
        view.say("fitting")
        selector = train_selector(evaluation, models=models, embedder=embedder)
        view.routing(f"cross-validating, {folds} folds", len(compared(models)) * evaluation.rows)
        worth = cross_validate(evaluation, models=models, done=view.routed)
        save_selector(selector, out)
    if as_json:
        print_json({**_content(out, selector), "cross_validated": [asdict(one) for one in worth]})
        return
    _show(out, selector)
    results().print()
    results().print(rich_table(_grid(worth, folds)))
    ahead = [one.router for one in worth[1:] if one.macro >= worth[0].macro]
    if ahead:
        results().print(f"Here the selector is no better than {', '.join(ahead)}: rather use that.", style="yellow")
    results().print(
        f"Start every router with JISI_ROUTING_METHOD=selector and JISI_SELECTOR_FILE={escape(str(out.resolve()))}.",
        soft_wrap=True,
    )


@app.command()
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `jisi selector train` wrote.")],
    as_json: AsJson = False,
) -> None:
    """Say what the selector of FILE was fitted to. Ends with code 1 when it is not usable."""
    selector = load_selector(file)
    if as_json:
        print_json(_content(file, selector))
    else:
        _show(file, selector)


def _train_files(banks: Sequence[Path]) -> list[Path]:
    """Give all files but those of test rows in folders: nothing is learnt from them, nor are they embedded."""
    return [
        file
        for bank in banks
        for file in EvaluationRequest(banks=[bank]).files
        if not (bank.is_dir() and file.name.startswith(_TEST_FILES))
    ]


async def _prepare(request: EvaluationRequest, view: EvalView) -> tuple[Evaluation, str]:
    """Read and embed the recordings; gives the embedder's identity too."""
    async with remembering_embedder() as embedder:
        folder = cache_folder() / "evaluation"
        return await request.prepare(embedder, folder, say=view.say, embedded=view.embedded), embedder.identity


def _content(file: Path, selector: Selector) -> dict[str, Any]:
    return {
        "file": str(file),
        **asdict(selector.training),
        "asked": selector.models,
        "nearest": selector.nearest,
        "support_size": selector.support_size,
        "support_threshold": selector.support_threshold,
        "bonus": selector.bonus,
        "trees": len(selector.trees.roots),
    }


def _show(file: Path, selector: Selector) -> None:
    training = selector.training
    asked = f"the best {selector.models} by prior (k = {selector.support_size}) are asked"
    lines = [
        f"{file}: fitted to {training.responses:,} responses to {training.rows:,} rows, seed {training.seed}.",
        f"Datasets: {', '.join(training.datasets)}.",
        f"Models: {', '.join(training.models)}; {asked}.",
        f"Embedder: {training.embedder}.",
        f"Unlike what it was fitted to: queries less than {selector.nearest:.3f} alike to the nearest of the bank.",
    ]
    for line in lines:
        results().print(escape(line), soft_wrap=True)


def _grid(worth: Sequence[Worth], folds: int) -> Grid:
    return Grid(
        title=f"Cross-validated on the train rows, {folds} folds",
        header=("router", "macro", "calls", "selector less it", "95%", "p"),
        rows=[(one.router, f"{100 * one.macro:.2f}", f"{one.calls:.2f}", *_difference(one.behind)) for one in worth],
    )


def _difference(behind: Difference | None) -> tuple[str, str, str]:
    if behind is None:
        return "", "", ""
    interval = f"{100 * behind.low:+.2f} to {100 * behind.high:+.2f}"
    return f"{100 * behind.value:+.2f}", interval, f"{behind.p:.3f}"
