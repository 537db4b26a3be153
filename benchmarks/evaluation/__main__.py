"""How long `jisi eval` takes and what memory, as ratios in one run where there is a reference.

`python -m benchmarks.evaluation [--family small|large] [--parts routing,embedding,memory] [--json FILE]`. Routing: all
default routers on a made-up family, against the bare float64 products of the same similarities, and each router's
share; goal: about a minute on 2 cores. Embedding: the preparation of `jisi eval`, with everything it reads and writes,
against the embedder alone on the same texts, in turn; goal: at least its rate. Memory: `knn` and `jisi` on 50,000 items
x 10 models x 384 dimensions mapped from disk, in a process of its own; goal: below 2 GB.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.evaluation import embedding, memory, routing
from benchmarks.evaluation.made_up import Size
from benchmarks.machine import describe_machine
from benchmarks.output import add_json_option, note, progress, show, write_json

FAMILIES: Mapping[str, Size] = {"small": Size(train=2_000, test=600), "large": Size(train=4_400, test=1_250)}
"""Of the size of zeroeval, and of mmlupro."""
LEAST_SHARE = 0.005
"""Part of the time from which a router has a line of its own."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation", description=__doc__)
    parser.add_argument("--family", choices=FAMILIES, default="small", help="2,000 and 600 rows, or 4,400 and 1,250")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"some of {','.join(PARTS)} (default: all)")
    parser.add_argument("--repetitions", type=int, default=3, help="of the bare products, before and after (default 3)")
    parser.add_argument("--lines", type=int, default=48, help="of a file to embed, 11 texts each (default 48)")
    parser.add_argument("--rounds", type=int, default=3, help="of embedding (default 3)")
    parser.add_argument("--items", type=int, default=50_000, help="of the large bank (default 50000)")
    parser.add_argument("--rows", type=int, default=100, help="tested on it (default 100)")
    add_json_option(parser)
    given = parser.parse_args(argv)
    parts = given.parts.split(",")
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"there is no part {unknown[0]}: take some of {', '.join(PARTS)}")
    results: dict[str, Any] = {"benchmark": "evaluation", "machine": describe_machine()}
    for part in parts:
        note(part)
        with tempfile.TemporaryDirectory(prefix="jisi-benchmark-") as folder:
            results[part] = PARTS[part](Path(folder), given)
    write_json(given.json, results)
    return 0


def route(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Time the routers, and print each one's share."""
    size = FAMILIES[given.family]
    timed = routing.timed_routers(size.names)
    with progress("routing", total=size.test * len(timed)) as advance:
        found = routing.family_times(folder, size, timed, repetitions=given.repetitions, done=advance)
    listed = [one for one in found.routers if found.shares[one.router] >= LEAST_SHARE]
    rest = found.seconds - sum(one.seconds for one in listed)
    show(
        f"All default routers on {found.train:,} + {found.test:,} rows x {found.models} models x {found.dimensions}: "
        f"{found.seconds:.1f} s (goal about {routing.GOAL_SECONDS:.0f}), {found.ratio:.0f} times the bare float64 "
        f"products ({found.products:.2f} s)",
        ("router", "fit, s", "route, s", "share, %"),
        [
            *((one.router, one.fit, one.route, 100 * found.shares[one.router]) for one in listed),
            (f"the other {len(timed) - len(listed)}, and measuring", "", rest, 100 * rest / found.seconds),
        ],
    )
    return {**asdict(found), "ratio": found.ratio}


def embed(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Time embedding, and print the share."""
    with progress("embedding", total=2 * given.rounds) as advance:
        work = embedding.embedding_share(folder, lines=given.lines, rounds=given.rounds, done=advance)
        found = asyncio.run(work)
    show(
        f"Embedding {found.texts:,} texts with the default embedder: {found.share:.3f} of its own rate "
        f"(goal {embedding.GOAL:g})",
        ("", "texts/s"),
        [
            (f"the embedder alone, {embedding.BATCH} at once", found.alone_per_second),
            ("jisi eval: read, embedded, kept", found.prepared_per_second),
        ],
    )
    return asdict(found)


def remember(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Measure memory, and print what it consists of."""
    found = memory.memory(folder, items=given.items, test=given.rows)
    show(
        f"knn and jisi on {found.items:,} items, {found.test} rows tested in {found.seconds:.1f} s, MB "
        f"(goal below {memory.GOAL_MB:,.0f})",
        ("", "MB"),
        [
            ("peak, resident at once", found.peak),
            ("of its own, at most", found.own),
            ("of mapped files, at most", found.mapped),
            ("before anything was read", found.before),
            ("vectors on disk", found.vectors),
        ],
    )
    return asdict(found)


PARTS: Mapping[str, Callable[[Path, argparse.Namespace], dict[str, Any]]] = {
    "routing": route,
    "embedding": embed,
    "memory": remember,
}


if __name__ == "__main__":
    sys.exit(main())
