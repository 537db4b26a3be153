"""All benchmarks, one after the other: `python -m benchmarks [--json FILE] [--short]`, or `make benchmarks`."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import routing_decision
from benchmarks.machine import describe_machine
from benchmarks.output import add_json_option, note, write_json

SHORT: dict[str, Sequence[str]] = {
    "similarities": ("--items", "10000", "--repetitions", "20"),
    "evaluation": ("--lines", "16", "--rounds", "1", "--items", "10000"),
    "pipeline": ("--seconds", "6", "--warm-up", "8"),
}
"""Arguments for a look at whether all works; the figures are worth little."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run all, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="less of everything: to see that it works")
    add_json_option(parser)
    given = parser.parse_args(argv)
    results: dict[str, Any] = {"machine": describe_machine(), "routing_decision": decision(short=given.short)}
    for name, short in SHORT.items():
        results[name] = measured(name, short if given.short else ())
    write_json(given.json, results)
    return 0


def decision(*, short: bool) -> list[dict[str, Any]]:
    """Time a routing decision, and print what came out."""
    note("[bold]routing decision[/]: see python -m benchmarks.routing_decision --help")
    measurements = routing_decision.run(["--repetitions", "10"] if short else [])
    for one in measurements:
        print(one.line())
    return [asdict(one) for one in measurements]


def measured(name: str, arguments: Sequence[str]) -> dict[str, Any]:
    """Run a benchmark; it prints what came out, which is given too."""
    note(f"[bold]{name}[/]: see python -m benchmarks.{name} --help")
    with tempfile.TemporaryDirectory(prefix="jisi-benchmark-") as folder:
        file = Path(folder) / "results.json"
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments, "--json", str(file)], check=True)
        results: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return results


if __name__ == "__main__":
    sys.exit(main())
