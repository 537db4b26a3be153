"""What JiSi gains with the real local pool: `python -m benchmarks.local_pool [--questions N] [--seed S] [--json FILE]`.

Fresh questions of the kinds the bank is of, none of which is in it, are put to every expert alone, to the best one
several times, and through all four services (temporary, with embedded Kafka and Postgres) twice: as they decide, and
never fused. All answers are graded alike. Ctrl-C loses nothing: the same command goes on.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer
from jisi.artefacts import cache_folder
from jisi.cli.failures import INTERRUPTED, tell_failure
from jisi.cli.long_running import run_to_end
from jisi.cli.output import notes, results
from jisi.errors import InputError, JisiError
from jisi.evaluation.reports.grid import markdown
from jisi.evaluation.reports.table import rich_table
from jisi.local.bank import shipped_bank
from jisi.local.pool_file import SLOTS

from benchmarks.local_pool.measuring import Result, measure
from benchmarks.local_pool.plan import Plan, deciding
from benchmarks.local_pool.provenance import commit
from benchmarks.local_pool.report import as_json, by_kind, facts, methods, sentences
from benchmarks.local_pool.view import measuring_view
from benchmarks.machine import describe_machine
from benchmarks.output import add_json_option, write_json
from services.router.settings import routing_settings

QUESTIONS = 78
"""Six of each kind: some 17 minutes on 2 cores with little else to do."""
SEED = 9
"""The bank that is shipped has seed 0."""
SAMPLES = 3
WIDTH = 132
"""Columns of the tables where no terminal says how many there are."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    given = _parser().parse_args(argv)
    try:
        plan, began_at = _plan(given), commit()
        with measuring_view() as view:
            result = run_to_end(measure(plan, given.work or cache_folder() / "measurements", view))
    except (KeyboardInterrupt, asyncio.CancelledError):
        notes().print("Stopped. All that was answered is kept: the same command goes on from there.")
        return INTERRUPTED
    except typer.Exit as ended:
        notes().print("Stopped. All that was answered is kept: the same command goes on from there.")
        return ended.exit_code
    except JisiError as error:
        return tell_failure(error, as_json=False)
    _report(given, result, facts(plan, result, machine=describe_machine(), commit=began_at))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.local_pool", description=__doc__)
    parser.add_argument("--questions", type=int, default=QUESTIONS, help=f"how many (default {QUESTIONS})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the questions, 0 to 9 (default {SEED})")
    parser.add_argument("--bank", type=Path, metavar="FILE", help="the evidence (default: the shipped bank)")
    parser.add_argument(
        "--pool", type=Path, metavar="FILE", help="pool.toml of models that run already (default: the local ones)"
    )
    parser.add_argument(
        "--in-flight", type=int, default=SLOTS, help=f"questions, or calls to experts alone, at once (default {SLOTS})"
    )
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="where answers are kept (default: the cache)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the tables there as markdown")
    add_json_option(parser)
    return parser


def _plan(given: argparse.Namespace) -> Plan:
    bank = given.bank or shipped_bank()
    if bank is None:
        raise InputError(
            "This package holds no bank of the local experts: collect one by `jisi bank collect local:400` and name "
            "it by --bank."
        )
    if given.in_flight < 1:
        raise InputError("--in-flight must be at least 1.")
    return Plan(
        bank=bank,
        pool_file=given.pool,
        questions=given.questions,
        seed=given.seed,
        in_flight=given.in_flight,
        samples=SAMPLES,
        settings=routing_settings(),
        variables=deciding(os.environ),
    )


def _report(given: argparse.Namespace, result: Result, told: Mapping[str, Any]) -> None:
    grids, said = (methods(result), by_kind(result)), sentences(result, told)
    console = results()
    if not console.is_terminal:
        console.width = WIDTH
    for grid in grids:
        console.print(rich_table(grid))
        if grid.note:
            console.print(grid.note, markup=False)
        console.print()
    for sentence in said:
        console.print(sentence, markup=False, soft_wrap=True)
    write_json(given.json, as_json(result, told))
    if given.markdown is not None:
        given.markdown.write_text("\n\n".join([*map(markdown, grids), *said]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
