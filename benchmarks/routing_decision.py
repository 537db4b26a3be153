"""Time of one routing decision against the bare matrix-vector product that reads the whole bank.

`python -m benchmarks.routing_decision [--json]`: support set, prior scores, mixed similarities given the response
similarities, refined scores and switch, at 50,000 items x 384 x 10 models, as a ratio to the float32 product `E @ q`
in the same run. Both are repeated in turn, so that whatever else the machine does slows both; medians are compared.
Each variant runs in a process of its own, because the number of BLAS threads is fixed when numpy is loaded. Goal: at
most 1.5.
"""

import argparse
import ctypes
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
from jisi.routing.arrays import Floats
from jisi.routing.bank import Bank, Expert
from jisi.routing.plan import Plan, plan_from_support, plan_query
from jisi.routing.refined import refine
from jisi.routing.settings import RoutingSettings
from jisi.routing.standing import standing
from jisi.routing.support import support_set, support_sets
from jisi.routing.switch import Reply, decide, next_wave

GOAL = 1.5
"""Largest ratio of a decision to the product that issue 8 asks for."""

KERNEL_OVERRIDES = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Set on some machines for older libraries; they slow a current numpy, so they are left out of a measurement."""

BATCH = 16
"""Queries screened together in the batched variant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Medians in milliseconds; a ratio is against the product of the same process."""

    threads: str
    kernel: str
    product_ms: float
    decision_ms: float
    ratio: float
    support_ms: float
    later_ms: float
    batched_product_ms: float
    batched_support_ms: float
    support_size: int

    def line(self) -> str:
        """The measurement for people."""
        return (
            f"{self.threads:>7} BLAS thread(s), kernel {self.kernel}: product {self.product_ms:.2f}, "
            f"decision {self.decision_ms:.2f}, ratio {self.ratio:.2f} (support set of {self.support_size} "
            f"{self.support_ms:.2f}, the rest {self.later_ms:.2f}); {BATCH} at once, a query: "
            f"product {self.batched_product_ms:.2f}, support set {self.batched_support_ms:.2f}"
        )


def main(argv: list[str] | None = None) -> int:
    """Measure with one BLAS thread and with the default, and print a line for each."""
    arguments = _parser().parse_args(argv)
    if arguments.threads:
        measured = measure(arguments.items, arguments.dimensions, arguments.models, arguments.repetitions)
        print(json.dumps(asdict(replace(measured, threads=arguments.threads))))
        return 0
    measurements = run(sys.argv[1:] if argv is None else argv)
    if arguments.json:
        print(json.dumps([asdict(measurement) for measurement in measurements], indent=2))
        return 0
    print(f"{arguments.items:,} items x {arguments.dimensions} x {arguments.models} models, medians, ms; goal {GOAL}")
    for one in measurements:
        print(one.line())
    return 0


def run(argv: list[str]) -> list[Measurement]:
    """Measure each variant in its own process."""
    measurements = []
    for threads in ("1", "default"):
        environment = {name: value for name, value in os.environ.items() if name not in KERNEL_OVERRIDES}
        if threads != "default":
            environment["OPENBLAS_NUM_THREADS"] = threads
        command = [sys.executable, "-m", "benchmarks.routing_decision", *argv, "--threads", threads]
        finished = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        measurements.append(Measurement(**json.loads(finished.stdout)))
    return measurements


def measure(items: int, dimensions: int, models: int, repetitions: int) -> Measurement:
    """Time product, decision and their parts in turn in this process, over several queries."""
    random = np.random.default_rng(8)
    bank = synthetic_bank(random, items, dimensions, models)
    experts = [Expert(name, 1.0, 1.0) for name in bank.models]
    settings = RoutingSettings()
    rows = random.integers(0, items, BATCH)
    queries = [_unit(bank.embeddings[row] + random.normal(0, 0.02, dimensions)) for row in rows]
    query32 = [query.astype(np.float32) for query in queries]
    block, block32 = np.array(queries), np.array(query32)
    plans = [plan_query(query, bank, experts, settings) for query in queries]
    given = [_responses(random, plan) for plan in plans]

    def later(turn: int, plan: Plan) -> None:
        similarities, tokens = given[turn]
        refined = refine(
            plan, bank, settings, usable_probes=plan.probes, response_similarities=similarities, response_tokens=tokens
        )
        stands = standing(plan, refined, settings)
        replies = {model: Reply(usable=True, reference_tokens=900) for model in plan.probes}
        asked = next_wave(stands, replies, settings).ask
        decide(stands, replies | {model: Reply(usable=True, reference_tokens=900) for model in asked}, settings)

    def after_support(turn: int) -> None:
        later(turn, plan_from_support(plans[turn].support, bank, experts, settings))

    works: dict[str, Callable[[int], object]] = {
        "product": lambda turn: bank.embeddings @ query32[turn],
        "decision": lambda turn: later(turn, plan_query(queries[turn], bank, experts, settings)),
        "support": lambda turn: support_set(queries[turn], bank, settings),
        "later": after_support,
        "batched_product": lambda _: block32 @ bank.embeddings.T,
        "batched_support": lambda _: support_sets(block, bank, settings),
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for repetition in range(repetitions + 3):
        for name, work in works.items():
            start = time.perf_counter()
            work(repetition % BATCH)
            if repetition >= 3:
                times[name].append((time.perf_counter() - start) * 1000)
    middle = {name: median(values) for name, values in times.items()}
    return Measurement(
        threads="",
        kernel=blas_kernel(),
        product_ms=middle["product"],
        decision_ms=middle["decision"],
        ratio=middle["decision"] / middle["product"],
        support_ms=middle["support"],
        later_ms=middle["later"],
        batched_product_ms=middle["batched_product"] / BATCH,
        batched_support_ms=middle["batched_support"] / BATCH,
        support_size=int(median(len(plan.support) for plan in plans if plan.support is not None)),
    )


def synthetic_bank(random: np.random.Generator, items: int, dimensions: int, models: int) -> Bank:
    """Clustered unit vectors, so that S is as large as on real benchmarks; a tenth of the records is missing."""
    centres = random.normal(size=(max(1, items // 500), dimensions))
    embeddings = centres[random.integers(0, len(centres), items)] + random.normal(0, 0.7, (items, dimensions))
    scores = random.integers(0, 2, (items, models)).astype(np.float64)
    tokens = np.round(random.lognormal(6.5, 1.0, (items, models)))
    missing = random.random((items, models)) < 0.1
    return Bank(
        item_ids=np.arange(items, dtype=np.int64),
        embeddings=(embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)).astype(np.float32),
        scores=np.where(missing, np.nan, scores),
        tokens=np.where(missing, np.nan, tokens),
        models=tuple(f"model-{number}" for number in range(models)),
    )


def blas_kernel() -> str:
    """Name of the kernel that numpy's own OpenBLAS chose for this processor; `unknown` with another BLAS."""
    for library in (Path(np.__file__).parent.parent / "numpy.libs").glob("*openblas*"):
        name = getattr(ctypes.CDLL(str(library)), "scipy_openblas_get_corename64_", None)
        if name is not None:
            name.restype = ctypes.c_char_p
            return bytes(name()).decode()
    return "unknown"


def _responses(random: np.random.Generator, plan: Plan) -> tuple[Floats, Floats]:
    """Response similarities and lengths of the probes, as pgvector and the generators would give them."""
    items = 0 if plan.support is None else len(plan.support)
    return random.uniform(-0.2, 0.9, (items, len(plan.probes))), random.uniform(50, 5000, len(plan.probes))


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / np.linalg.norm(vector)
    return unit


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing_decision", description=__doc__)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--models", type=int, default=10)
    parser.add_argument("--repetitions", type=int, default=60)
    parser.add_argument("--json", action="store_true", help="print the measurements as JSON")
    parser.add_argument("--threads", default="", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
