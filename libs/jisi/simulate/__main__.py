"""`python -m jisi.simulate`: pools that need no key, with a bank and pool files for them."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from jisi.errors import JisiError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; only that command's modules are imported."""
    given = _parser().parse_args(arguments)
    module, _, function = given.run.partition(":")
    try:
        return int(getattr(importlib.import_module(f"jisi.simulate.commands.{module}"), function)(given))
    except (JisiError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m jisi.simulate", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    simulated = commands.add_parser("simulated", help="serve ten simulated models")
    _add_address(simulated)
    simulated.add_argument("--seed", type=int, default=0, help="of all answers; the bank must be made with the same")
    simulated.add_argument(
        "--latency",
        nargs="+",
        default=[],
        metavar="MS",
        help="milliseconds to the whole answer, for all models (200) or for one (simulated-mite-1b=50)",
    )
    simulated.add_argument("--zero-latency", action="store_true", help="answer at once")
    simulated.set_defaults(run="serving:serve_simulated")

    replay = commands.add_parser("replay", help="serve the recorded responses of bank files")
    _add_address(replay)
    replay.add_argument("--latency", type=float, default=0.0, metavar="MS", help="milliseconds to the whole answer")
    replay.add_argument("files", nargs="+", type=Path, metavar="FILE", help="bank files, .jsonl or .jsonl.gz")
    replay.set_defaults(run="serving:serve_replay")

    bank = commands.add_parser("bank", help="make a bank of generated questions and simulated answers")
    bank.add_argument("--items", type=int, default=400, help="items of the train split (default 400)")
    bank.add_argument("--test-items", type=int, default=0, help="items of the test split besides (default 0)")
    bank.add_argument("--seed", type=int, default=0)
    bank.add_argument("--out", type=Path, required=True, metavar="FILE", help=".jsonl or .jsonl.gz")
    bank.set_defaults(run="files:make_bank")

    pool = commands.add_parser("pool", help="print the pool.toml of the simulated models, or of a replayed family")
    pool.add_argument("--base-url", required=True, help="of the endpoint, up to and with /v1")
    pool.add_argument("--meta", type=Path, help="meta.json of a family to replay")
    pool.set_defaults(run="files:print_pool")

    demo = commands.add_parser("demo-questions", help="find fresh questions that end in each of the three ways")
    demo.add_argument("--items", type=int, default=400, help="of the generated bank (default 400)")
    demo.add_argument("--seed", type=int, default=0, help="of bank and models")
    demo.add_argument("--fresh-seed", type=int, default=1, help="of the questions asked")
    demo.add_argument("--candidates", type=int, default=140, help="questions to try (default 140)")
    demo.add_argument("--show", type=int, default=3, help="questions to print of each ending (default 3)")
    demo.set_defaults(run="demonstration:find_demo_questions")
    return parser


def _add_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one and says which")


if __name__ == "__main__":
    sys.exit(main())
