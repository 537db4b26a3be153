"""`jisi pool`: check a pool file, put it into force, see what is in force."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.cli.on_database import run_on_database
from jisi.cli.output import AsJson, notes, print_json, results
from jisi.llm.cooldown import CoolDowns, Cooling
from jisi.llm.pool import PoolFileError, load_pool
from jisi.llm.spec import ModelSpec, Pool
from jisi.llm.store import apply_pool, newest_pool

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The models: check, apply, list.")

PoolFile = Annotated[Path, typer.Argument(help="The pool file.", show_default="pool.toml")]
_DEFAULT_FILE = Path("pool.toml")


@app.command()
def check(file: PoolFile = _DEFAULT_FILE, as_json: AsJson = False) -> None:
    """Say what is wrong with FILE, by line and field, and what may surprise. Ends with code 1 when it is not usable."""
    pool = _load(file, as_json=as_json)
    hints = _hints(pool)
    if as_json:
        print_json({"file": str(file), "usable": True, "problems": [], "hints": hints, **_content(pool)})
        return
    results().print(_table(pool))
    _tell(hints)
    results().print(f"{escape(str(file))} is a usable pool of {_counted(pool)}.")


@app.command()
def apply(file: PoolFile = _DEFAULT_FILE, as_json: AsJson = False) -> None:
    """Put the pool of FILE into force: all running services have it within seconds, without a restart."""
    pool = _load(file, as_json=as_json)

    async def work(engine: AsyncEngine) -> int:
        return await apply_pool(engine, pool)

    version = run_on_database(work)
    if as_json:
        print_json({"file": str(file), "version": version, "hints": _hints(pool), **_content(pool)})
        return
    _tell(_hints(pool))
    results().print(f"In force as version {version}: {_counted(pool)}.")


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Show the pool in force, and which models are being left alone after failures."""

    async def work(engine: AsyncEngine) -> tuple[int, Pool, dict[str, Cooling]]:
        version, pool = await newest_pool(engine)
        cool_downs = CoolDowns(engine)
        await cool_downs.load()
        cooling = {model.name: cool_downs.cooling(model.name) for model in pool.models}
        return version, pool, {name: state for name, state in cooling.items() if state is not None}

    version, pool, cooling = run_on_database(work)
    if as_json:
        left_alone = {name: state._asdict() for name, state in cooling.items()}
        print_json({"version": version, **_content(pool), "cooling": left_alone})
        return
    results().print(_table(pool, cooling))
    results().print(f"Version {version} of the pool: {_counted(pool)}.")


def _load(file: Path, *, as_json: bool) -> Pool:
    """Read the file; with --json its problems are told one by one, else in the words of the error."""
    try:
        return load_pool(file)
    except PoolFileError as error:
        if not as_json:
            raise
        problems = [asdict(problem) for problem in error.problems]
        print_json({"file": str(file), "usable": False, "error": error.code, "problems": problems})
        raise typer.Exit(1) from None


def _hints(pool: Pool) -> list[str]:
    """Return what is no error but may surprise."""
    variables = {model.api_key_env for model in pool.eligible if model.api_key_env is not None}
    unset = sorted(variable for variable in variables if not os.environ.get(variable))
    hints = [f"{variable} is not set here; the generator and the aggregator need it." for variable in unset]
    unlimited = [model.name for model in pool.eligible if model.limits.context_tokens is None]
    if unlimited:
        hints.append(
            f"Without limits.context_tokens a prompt that is too long costs a refused call: {', '.join(unlimited)}."
        )
    if len(pool.eligible) < _FEWEST_TO_COMPARE:
        hints.append(
            "With fewer than 3 models there is nothing to compare: the best one answers alone (ALGORITHM.md 3)."
        )
    return hints


_FEWEST_TO_COMPARE = 3


def _tell(hints: Sequence[str]) -> None:
    for hint in hints:
        notes().print(f"[yellow]hint[/] {escape(hint)}", soft_wrap=True)


def _content(pool: Pool) -> dict[str, Any]:
    return {"default_model": pool.default_model, "models": [model.model_dump(mode="json") for model in pool.models]}


def _counted(pool: Pool) -> str:
    reference = len(pool.models) - len(pool.eligible)
    models = f"{len(pool.eligible)} model{'s' * (len(pool.eligible) != 1)}"
    return f"{models} and {reference} for comparison" if reference else models


def _table(pool: Pool, cooling: dict[str, Cooling] | None = None) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("Model", "Endpoint"):
        table.add_column(title, overflow="fold")
    for title in ("USD/M in", "USD/M out", "At once", "A minute", "Context"):
        table.add_column(title, justify="right")
    table.add_column("Note", overflow="fold")
    for model in pool.models:
        limits = model.limits
        table.add_row(
            escape(model.name),
            escape(model.base_url),
            f"{model.prompt_price:g}",
            f"{model.completion_price:g}",
            _limit(limits.concurrency),
            _limit(limits.requests_per_minute),
            _limit(limits.context_tokens),
            _note(model, pool, (cooling or {}).get(model.name)),
        )
    return table


def _limit(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _note(model: ModelSpec, pool: Pool, cooling: Cooling | None) -> str:
    parts: list[str] = []
    if model.name == pool.default_model:
        parts.append("default")
    if not model.eligible:
        parts.append("for comparison, never asked")
    if cooling is not None:
        parts.append(f"[red]left alone for {cooling.seconds_left:.0f} s: {cooling.reason}[/]")
    return ", ".join(parts)
